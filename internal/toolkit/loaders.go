package toolkit

import (
	"strings"
	"sync"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Loader is a function that takes the name of a resource.
type Loader struct {
	Func string // as the function table has it: "embed.FS.ReadFile", "pkg/path.(*T).M"
	Kind string // what the name is looked up in: one of evidence.Use…
	Arg  int    // which argument is the name; the receiver does not count
	// Rest: each further argument is a name as well.
	Rest bool

	// The registers, as words of the internal ABI (cmd/compile/abi-internal.md), for
	// machine code: the name begins at Word, the error at Err, the data of the file
	// system at FS. -1: there is none.
	Word, Err, FS int
	// Flags is the word of os.OpenFile's flags, -1 otherwise.
	Flags int
}

// Loaders are the functions that read what is named. Those that hand the name on to one
// of them in a line (os.Open) are seen there by who reads machine code.
var Loaders = []Loader{
	{Func: "os.Open", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "os.OpenFile", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: 2},
	{Func: "os.ReadFile", Kind: evidence.UsePath, Err: 3, FS: -1, Flags: -1},
	{Func: "os.ReadDir", Kind: evidence.UsePath, Err: 3, FS: -1, Flags: -1},
	{Func: "io/ioutil.ReadFile", Kind: evidence.UsePath, Err: 3, FS: -1, Flags: -1},
	{Func: "io/ioutil.ReadDir", Kind: evidence.UsePath, Err: 3, FS: -1, Flags: -1},
	{Func: "net/http.ServeFile", Kind: evidence.UsePath, Arg: 2, Word: 3, Err: -1, FS: -1, Flags: -1},
	{Func: "html/template.ParseFiles", Kind: evidence.UsePath, Rest: true, Word: -1, Err: 1, FS: -1, Flags: -1},
	{Func: "html/template.(*Template).ParseFiles", Kind: evidence.UsePath, Rest: true, Word: -1, Err: 1, FS: -1, Flags: -1},
	{Func: "text/template.ParseFiles", Kind: evidence.UsePath, Rest: true, Word: -1, Err: 1, FS: -1, Flags: -1},
	{Func: "text/template.(*Template).ParseFiles", Kind: evidence.UsePath, Rest: true, Word: -1, Err: 1, FS: -1, Flags: -1},
	{Func: "debug/elf.Open", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},

	{Func: "embed.FS.Open", Kind: evidence.UseEmbed, Word: 1, Err: 2, FS: 0, Flags: -1},
	{Func: "embed.FS.ReadFile", Kind: evidence.UseEmbed, Word: 1, Err: 3, FS: 0, Flags: -1},
	{Func: "embed.FS.ReadDir", Kind: evidence.UseEmbed, Word: 1, Err: 3, FS: 0, Flags: -1},
	{Func: "io/fs.ReadFile", Kind: evidence.UseFS, Arg: 1, Word: 2, Err: 3, FS: 1, Flags: -1},
	{Func: "io/fs.ReadDir", Kind: evidence.UseFS, Arg: 1, Word: 2, Err: 3, FS: 1, Flags: -1},
	{Func: "io/fs.Sub", Kind: evidence.UseFS, Arg: 1, Word: 2, Err: 2, FS: 1, Flags: -1},
	{Func: "io/fs.FS.Open", Kind: evidence.UseFS, Word: -1, Err: 2, FS: 0, Flags: -1},
	{Func: "io/fs.ReadFileFS.ReadFile", Kind: evidence.UseFS, Word: -1, Err: 3, FS: 0, Flags: -1},
	{Func: "io/fs.ReadDirFS.ReadDir", Kind: evidence.UseFS, Word: -1, Err: 3, FS: 0, Flags: -1},

	{Func: "fyne.io/fyne/v2.LoadResourceFromPath", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "fyne.io/fyne/v2/canvas.NewImageFromFile", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "fyne.io/fyne/v2/lang.AddTranslationsFS", Kind: evidence.UseFS, Arg: 1, Word: 1, Err: 0, FS: 0, Flags: -1},
	{Func: "fyne.io/fyne/v2/theme.Icon", Kind: evidence.UseIcon, Err: -1, FS: -1, Flags: -1},
	{Func: "fyne.io/fyne/v2/lang.Localize", Kind: evidence.UseTranslation, Err: -1, FS: -1, Flags: -1},
	{Func: "fyne.io/fyne/v2/lang.LocalizeKey", Kind: evidence.UseTranslation, Err: -1, FS: -1, Flags: -1},
	{Func: "fyne.io/fyne/v2/lang.LocalizePlural", Kind: evidence.UseTranslation, Err: -1, FS: -1, Flags: -1},
	{Func: "fyne.io/fyne/v2/lang.LocalizePluralKey", Kind: evidence.UseTranslation, Err: -1, FS: -1, Flags: -1},

	{Func: "github.com/hajimehoshi/ebiten/v2/ebitenutil.NewImageFromFile", Kind: evidence.UsePath, Err: 3, FS: -1, Flags: -1},
	{Func: "github.com/hajimehoshi/ebiten/v2/ebitenutil.OpenFile", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "github.com/hajimehoshi/ebiten/v2/ebitenutil.NewImageFromFileSystem", Kind: evidence.UseFS, Arg: 1, Word: 2, Err: 3, FS: 1, Flags: -1},

	{Func: "github.com/fogleman/gg.LoadImage", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "github.com/fogleman/gg.LoadPNG", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "github.com/fogleman/gg.LoadJPG", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "github.com/fogleman/gg.LoadFontFace", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "github.com/disintegration/imaging.Open", Kind: evidence.UsePath, Err: 2, FS: -1, Flags: -1},
	{Func: "github.com/AllenDang/giu.LoadImage", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/AllenDang/giu.ImageWithFile", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/srwiley/oksvg.ReadIcon", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/fyne-io/oksvg.ReadIcon", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/gen2brain/raylib-go/raylib.LoadTexture", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/gen2brain/raylib-go/raylib.LoadImage", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/gen2brain/raylib-go/raylib.LoadSound", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/gen2brain/raylib-go/raylib.LoadMusicStream", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/gen2brain/raylib-go/raylib.LoadFont", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/gen2brain/raylib-go/raylib.LoadModel", Kind: evidence.UsePath, Err: -1, FS: -1, Flags: -1},
	{Func: "github.com/veandco/go-sdl2/img.Load", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/veandco/go-sdl2/sdl.LoadBMP", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/veandco/go-sdl2/mix.LoadMUS", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/veandco/go-sdl2/mix.LoadWAV", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
	{Func: "github.com/veandco/go-sdl2/ttf.OpenFont", Kind: evidence.UsePath, Err: 1, FS: -1, Flags: -1},
}

// loaderAliases are functions that are variables or one-line wrappers of a loader in the
// source, by the name that the source has.
var loaderAliases = map[string]string{
	"fyne.io/fyne/v2/lang.L":  "fyne.io/fyne/v2/lang.Localize",
	"fyne.io/fyne/v2/lang.N":  "fyne.io/fyne/v2/lang.LocalizePlural",
	"fyne.io/fyne/v2/lang.X":  "fyne.io/fyne/v2/lang.LocalizeKey",
	"fyne.io/fyne/v2/lang.XN": "fyne.io/fyne/v2/lang.LocalizePluralKey",
}

// LoaderOf is the loader of a name, nil if it is none.
func LoaderOf(function string) *Loader {
	if real, ok := loaderAliases[function]; ok {
		function = real
	}
	return loadersByName()[function]
}

// writers make the file or folder that their argument names, by the number of the
// argument, which is its first word, too.
var writers = map[string]int{
	"os.Create": 0, "os.WriteFile": 0, "os.Mkdir": 0, "os.MkdirAll": 0, "io/ioutil.WriteFile": 0, "os.Rename": 1, "os.Symlink": 1, "os.Link": 1,
	"github.com/fogleman/gg.SavePNG": 0, "github.com/disintegration/imaging.Save": 1,
}

// WriterArg is the argument that names what a function writes.
func WriterArg(function string) (arg int, ok bool) {
	arg, ok = writers[function]
	return arg, ok
}

// asks are the functions that find out whether a file is there.
var asks = map[string]bool{"os.Stat": true, "os.Lstat": true, "io/fs.Stat": true, "path/filepath.Glob": true}

// AsksFor reports whether a function finds out whether what its argument names is there.
func AsksFor(function string) bool { return asks[function] }

// errorTests are the functions that tell a missing file from other errors.
var errorTests = map[string]bool{"errors.Is": true, "errors.As": true, "os.IsNotExist": true, "os.IsExist": true, "os.IsPermission": true, "os.underlyingErrorIs": true, "errors.is": true}

// TestsError reports whether a function tells one error from another.
func TestsError(function string) bool { return errorTests[function] }

// TellsError reports whether a function that is called when something failed shows that
// to people, or ends the program.
func TellsError(function string) bool {
	switch {
	case function == "os.Exit", strings.HasPrefix(function, "log."), strings.HasPrefix(function, "log/slog."),
		strings.HasPrefix(function, "fmt.Print"), strings.HasPrefix(function, "fmt.Fprint"), strings.HasPrefix(function, "fmt.Errorf"),
		strings.HasPrefix(function, "fyne.io/fyne/v2.LogError"), strings.HasPrefix(function, "fyne.io/fyne/v2/dialog."):
		return true
	}
	return false
}

var loadersByName = sync.OnceValue(func() map[string]*Loader {
	m := map[string]*Loader{}
	for i := range Loaders {
		m[Loaders[i].Func] = &Loaders[i]
	}
	return m
})
