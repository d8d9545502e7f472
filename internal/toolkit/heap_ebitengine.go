package toolkit

const (
	ebitenImage = "github.com/hajimehoshi/ebiten/v2.Image"
	ebitenIn    = "github.com/hajimehoshi/ebiten/v2/internal/"
	ebitenText  = "github.com/hajimehoshi/ebiten/v2/text"
)

// ebitengineHeap: one game in one window, which never closes before the program ends.
// What leaks is images. ebiten.Image refers to ui.Image, that to mipmap.Mipmap,
// buffered.Image and atlas.Image, which has a part of a backend, a texture that many
// images share. The part is given back by Deallocate, or by the collector, and the
// texture when all its parts are (internal/atlas/image.go).
var ebitengineHeap = HeapTable{
	First: "2.7",
	Last:  "2.9",
	Shown: HeapShown{
		Stops: []HeapField{{Holder: ebitenIn + "ui.UserInterface"}},
	},
	Caches: []HeapCache{
		{
			// internal/atlas/image.go: what was called between frames, to be done in the
			// next one: pixels to be written, images to be deallocated. Before RunGame
			// there are no frames, and each image that is made then is held with its
			// pixels, also when nobody has it any more.
			HeapPlace: HeapPlace{Func: ebitenIn + "atlas.…", Global: ebitenIn + "atlas.deferred"},
			Label:     "deferred image operations",
			Bugs:      []HeapBug{{Issue: "hajimehoshi/ebiten#3368"}},
		},
		{
			// internal/graphicscommand/commandqueue.go: until the frame ends.
			HeapPlace: HeapPlace{Holder: ebitenIn + "graphicscommand.commandQueue"},
			Label:     "drawing commands",
		},
		{
			HeapPlace: HeapPlace{Holder: ebitenIn + "graphicscommand.commandQueuePool"},
			Label:     "drawing commands",
		},
		{
			// Pixels that are to be written: internal/graphicscommand/image.go.
			// Until 2.7.7 also those of images that nothing reads.
			HeapPlace: HeapPlace{Holder: ebitenIn + "graphicscommand.Image", Field: "bufferedWritePixelsArgs"},
			Label:     "drawing commands",
			Bugs:      []HeapBug{{Span: Span{Until: "2.7.7"}, Issue: "hajimehoshi/ebiten#3036", Fixed: "2.7.8"}},
		},
		{
			// internal/graphics/bytes.go: buffers for pixels, at most 31 and 1 GiB.
			HeapPlace: HeapPlace{Holder: ebitenIn + "graphics.bytesPool", Field: "pool"},
			Label:     "pool of pixel buffers", Limit: 31,
		},
		{
			// internal/atlas/image.go: all textures.
			HeapPlace: HeapPlace{Elem: "*" + ebitenIn + "atlas.backend", Global: ebitenIn + "atlas.theBackends"},
			Label:     "texture atlases",
		},
		{
			// internal/atlas: images that may move to another texture at the frame's end.
			Span:      Span{Until: "2.8"},
			HeapPlace: HeapPlace{Holder: ebitenIn + "atlas.smallImageSet"},
			Label:     "images of this frame",
		},
		{
			Span:      Span{Since: "2.9"},
			HeapPlace: HeapPlace{Holder: ebitenIn + "atlas.imageSmallSet"},
			Label:     "images of this frame",
		},
		{
			// internal/restorable/images.go: the textures once more, since 2.8, for
			// systems that lose them.
			Span:      Span{Since: "2.8"},
			HeapPlace: HeapPlace{Holder: ebitenIn + "restorable.images"},
			Label:     "texture atlases",
		},
		{
			// internal/buffered/image.go: pixels as they were last read.
			HeapPlace: HeapPlace{Holder: ebitenIn + "buffered.Image", Field: "pixels"},
			Label:     "pixels of an image",
		},
		{
			HeapPlace: HeapPlace{Holder: ebitenIn + "buffered.Image", Field: "dotsBuffer"},
			Label:     "pixels of an image",
		},
		{
			// internal/ui/image.go: twice the size of the image, for antialiasing.
			HeapPlace: HeapPlace{Holder: ebitenIn + "ui.Image", Field: "bigOffscreenBuffer"},
			Label:     "buffer for antialiasing", Limit: 1,
		},
		{
			// image.go: sub-images by their rectangle. Those that were not asked for
			// again go when the next one is asked for, in a later tick.
			Span:      Span{Since: "2.9"},
			HeapPlace: HeapPlace{Holder: ebitenImage, Field: "subImageCache"},
			Label:     "sub-image cache",
		},
		{
			// text/v2: each face source has the glyphs of each size that was ever drawn:
			// a size that changes all the time makes a cache for each. Within one, about
			// 128 to 512 glyphs that were not drawn for 60 ticks stay.
			HeapPlace: HeapPlace{Holder: ebitenText + "/v2.GoTextFaceSource", Field: "glyphImageCache"},
			Label:     "glyph cache",
		},
		{
			// A text is shaped once: 512 of them, and those of the last 60 ticks.
			HeapPlace: HeapPlace{Holder: ebitenText + "/v2.GoTextFaceSource", Field: "outputCache"},
			Label:     "text shaping cache", Limit: 512,
		},
		{
			HeapPlace: HeapPlace{Holder: ebitenText + "/v2.GoXFace", Field: "glyphImageCache"},
			Label:     "glyph cache",
		},
		{
			Span:      Span{Until: "2.8"},
			HeapPlace: HeapPlace{Holder: ebitenText + "/v2.glyphImageCache", Elem: "*" + ebitenText + "/v2.glyphImageCacheEntry"},
			Label:     "glyph cache",
		},
		{
			Span:      Span{Since: "2.9"},
			HeapPlace: HeapPlace{Holder: ebitenText + "/v2.cache", Elem: "*" + ebitenText + "/v2.cacheValue"},
			Label:     "text shaping cache",
		},
		{
			// text/text.go, the older package: by face, and a face is never removed.
			HeapPlace: HeapPlace{Elem: "*" + ebitenText + ".glyphImageCacheEntry", Global: ebitenText + ".glyphImageCache"},
			Label:     "glyph cache",
		},
		{
			HeapPlace: HeapPlace{Elem: "*" + ebitenText + ".faceWithCache", Global: ebitenText + ".faceWithCacheCache"},
			Label:     "glyph cache",
		},
		{
			// audio/audio.go: players that play. One that plays in a loop plays on when
			// nobody has it any more.
			HeapPlace: HeapPlace{Holder: "github.com/hajimehoshi/ebiten/v2/audio.Context", Field: "playingPlayers"},
			Label:     "playing sounds",
		},
	},
	Listeners: []HeapListeners{
		{
			// internal/hook/hook.go: the toolkit's own packages use it.
			HeapPlace: HeapPlace{Global: ebitenIn + "hook.onBeforeUpdateHooks"},
			Label:     "update callbacks",
		},
		{
			// image.go, for vector and text.
			Span:      Span{Since: "2.9"},
			HeapPlace: HeapPlace{Holder: ebitenImage, Field: "usageCallbacks"},
			Label:     "image usage callbacks", Remove: "Deallocate",
		},
	},
	Images: []HeapImage{
		{
			// Dispose takes the inner image away; Deallocate leaves it, without a part
			// of a texture, until something is drawn on it. An image that nothing was
			// drawn on has no part yet. A sub-image has its original's.
			Type: ebitenImage, Label: "image",
			Width: "image.width", Height: "image.height",
			Disposed: []HeapState{{Field: "image"}},
			Empty: []HeapState{
				{Span: Span{Until: "2.8"}, Field: "image.mipmap.orig.img.backend"},
				{Span: Span{Since: "2.9"}, Field: "image.mipmap.orig.img.imageImpl.backend"},
			},
			Shares:     []HeapState{{Field: "original", Set: true}},
			PixelBytes: 4,
		},
		{
			Type: ebitenIn + "ui.Image", Label: "inner image",
			Width: "width", Height: "height",
			Empty: []HeapState{
				{Span: Span{Until: "2.8"}, Field: "mipmap.orig.img.backend"},
				{Span: Span{Since: "2.9"}, Field: "mipmap.orig.img.imageImpl.backend"},
			},
			PixelBytes: 4,
		},
		// A texture: an atlas if page is set, else a single image's. All images' memory
		// together is that of these; do not add the two.
		{
			Span: Span{Since: "2.8"},
			Type: ebitenIn + "atlas.backend", Label: "texture atlas",
			Width: "restorable.width", Height: "restorable.height", Empty: []HeapState{{Field: "restorable"}}, PixelBytes: 4,
		},
		{
			Span: Span{Until: "2.7"},
			Type: ebitenIn + "atlas.backend", Label: "texture atlas",
			Width: "width", Height: "height", Empty: []HeapState{{Field: "image"}}, PixelBytes: 4,
		},
	},
	Waiting: []HeapWaiting{
		// The main and the drawing thread (internal/thread/thread.go).
		{Func: Func{Match: ebitenIn + "thread.(*OSThread).Loop"}},
		// audio/audio.go: looks at the players a hundred times a second.
		{Func: Func{Match: "github.com/hajimehoshi/ebiten/v2/audio.NewContext…"}},
		// Waits for the device to be ready: for good where there is none.
		{Func: Func{Match: "github.com/hajimehoshi/ebiten/v2/audio.(*playerImpl).ensurePlayer.func1"}, Each: true},
		// oto: mixes, and writes to the device.
		{Func: Func{Match: "github.com/ebitengine/oto/v3…"}},
	},
}
