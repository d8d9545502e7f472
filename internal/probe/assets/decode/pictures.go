package decode

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// maxPixels is how many pixels are decoded into memory: 64 MB at most.
const maxPixels = 16 << 20

// thumbSize is the longer side of a small picture.
const thumbSize = 56

type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	"png": {png.DecodeConfig, png.Decode}, "jpeg": {jpeg.DecodeConfig, jpeg.Decode}, "gif": {gif.DecodeConfig, gif.Decode},
	"webp": {webp.DecodeConfig, webp.Decode}, "bmp": {bmp.DecodeConfig, bmp.Decode},
}

// counter notes how far a decoder has read.
type counter struct{ r *bytes.Reader }

func (c counter) Read(p []byte) (int, error) { return c.r.Read(p) }
func (c counter) ReadByte() (byte, error)    { return c.r.ReadByte() }
func (c counter) at() int64                  { return c.r.Size() - int64(c.r.Len()) }

// size reads the header, and says whether the picture is small enough to be decoded.
func (r *Result) size(c codec, data []byte) (small bool) {
	in := counter{bytes.NewReader(data)}
	cfg, err := c.config(in)
	if err != nil {
		r.fail(code(err), in.at(), oneLine(err))
		return false
	}
	r.Width, r.Height = cfg.Width, cfg.Height
	if cfg.Width <= 0 || cfg.Height <= 0 {
		r.fail(Structure, in.at(), fmt.Sprintf("%d × %d pixels", cfg.Width, cfg.Height))
		return false
	}
	if int64(cfg.Width) > maxPixels || int64(cfg.Width)*int64(cfg.Height) > maxPixels {
		r.Note = NoteLarge
		return false
	}
	return true
}

func decodePicture(r *Result, data []byte, o Options) {
	c := codecs[r.Format]
	if !r.size(c, data) {
		return
	}
	in := counter{bytes.NewReader(data)}
	img, err := c.decode(in)
	if err != nil {
		r.fail(code(err), in.at(), oneLine(err))
		return
	}
	r.thumb(img, o)
}

// decodePNG follows the chunks for the place of a fault, which the decoder does not tell.
func decodePNG(r *Result, data []byte, o Options) {
	c := codecs["png"]
	small := r.size(c, data)
	if r.Fault == nil && small {
		img, err := png.Decode(bytes.NewReader(data))
		if err == nil {
			r.thumb(img, o)
			return
		}
		r.fail(code(err), -1, oneLine(err))
	}
	at, err := chunks(data, r.Note == NoteLarge)
	switch {
	case err != nil: // it says more than what the decoder stumbled over
		r.Fault = nil
		r.fail(code(err), at, oneLine(err))
	case r.Fault != nil:
		r.Fault.Offset = max(at, 8)
	}
}

// chunks follows the chunks of a PNG, and says where it goes wrong. With inflate it also
// unpacks the picture without keeping it.
func chunks(data []byte, inflate bool) (at int64, err error) {
	var pieces []io.Reader
	first := int64(-1)
	for off := 8; ; {
		if off+12 > len(data) {
			return int64(off), fmt.Errorf("no IEND: %w", io.ErrUnexpectedEOF)
		}
		n := binary.BigEndian.Uint32(data[off:])
		kind := string(data[off+4 : off+8])
		if uint64(n) > uint64(len(data)-off-12) {
			return int64(off), fmt.Errorf("chunk %q has %d bytes of %d: %w", kind, len(data)-off-8, n, io.ErrUnexpectedEOF)
		}
		body := data[off+8 : off+8+int(n)]
		if sum := crc32.ChecksumIEEE(data[off+4 : off+8+int(n)]); sum != binary.BigEndian.Uint32(data[off+8+int(n):]) {
			return int64(off), fmt.Errorf("chunk %q: wrong checksum", kind)
		}
		if kind == "IDAT" {
			if first < 0 {
				first = int64(off)
			}
			pieces = append(pieces, bytes.NewReader(body))
		}
		if kind == "IEND" {
			break
		}
		off += 12 + int(n)
	}
	if first < 0 {
		return 8, errors.New("no IDAT")
	}
	if !inflate {
		return first, nil
	}
	z, err := zlib.NewReader(io.MultiReader(pieces...))
	if err != nil {
		return first, err
	}
	const most = 512 << 20 // the rest is not followed
	if _, err := io.Copy(io.Discard, io.LimitReader(z, most)); err != nil {
		return first, err
	}
	return -1, nil
}

func decodeGIF(r *Result, data []byte, o Options) {
	if !r.size(codecs["gif"], data) {
		return
	}
	in := counter{bytes.NewReader(data)}
	img, err := gif.Decode(in) // the first picture: all of them may be many
	if err != nil {
		r.fail(code(err), in.at(), oneLine(err))
		return
	}
	r.thumb(img, o)
	frames, at, err := gifBlocks(data)
	if err != nil {
		r.fail(code(err), at, oneLine(err))
	}
	if frames > 1 {
		r.Frames = frames
	}
}

// gifBlocks counts the pictures of a GIF, and finds where it ends too early.
func gifBlocks(data []byte) (frames int, at int64, err error) {
	skip := 13
	if data[10]&0x80 != 0 {
		skip += 3 << (data[10]&7 + 1)
	}
	i := skip
	blocks := func() bool {
		for i < len(data) {
			n := int(data[i])
			i += 1 + n
			if n == 0 {
				return i <= len(data)
			}
		}
		return false
	}
	for i < len(data) {
		begin := int64(i)
		switch data[i] {
		case 0x3b:
			return frames, -1, nil
		case 0x21:
			i += 2
			if !blocks() {
				return frames, begin, io.ErrUnexpectedEOF
			}
		case 0x2c:
			if i+10 > len(data) {
				return frames, begin, io.ErrUnexpectedEOF
			}
			flags := data[i+9]
			i += 10
			if flags&0x80 != 0 {
				i += 3 << (flags&7 + 1)
			}
			i++
			if !blocks() {
				return frames, begin, io.ErrUnexpectedEOF
			}
			frames++
		default:
			return frames, begin, fmt.Errorf("unknown block %#02x", data[i])
		}
	}
	return frames, int64(len(data)), io.ErrUnexpectedEOF
}

// decodeWebP checks the container; Go's decoder takes no animations, which browsers do.
func decodeWebP(r *Result, data []byte, o Options) {
	if len(data) < 20 {
		r.fail(Truncated, int64(len(data)), "")
		return
	}
	if n := uint64(binary.LittleEndian.Uint32(data[4:])) + 8; n > uint64(len(data)) {
		r.fail(Truncated, int64(len(data)), fmt.Sprintf("it has %d bytes, its header says %d", len(data), n))
		return
	}
	if string(data[12:16]) == "VP8X" && len(data) >= 30 {
		r.Width, r.Height = int(u24(data[24:]))+1, int(u24(data[27:]))+1
		const animation = 2
		if data[20]&animation != 0 {
			r.Note = NoteHeader
			return
		}
	}
	decodePicture(r, data, o)
}

func u24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// decodeTIFF reads the size from the list of tags.
func decodeTIFF(r *Result, data []byte, _ Options) {
	r.Note = NoteHeader
	if len(data) < 8 {
		r.fail(Truncated, int64(len(data)), "the header")
		return
	}
	order := binary.ByteOrder(binary.LittleEndian)
	switch string(data[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		r.fail(Magic, 0, printableStart(data))
		return
	}
	at := uint64(order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		r.fail(Truncated, int64(len(data)), fmt.Sprintf("its list of tags is at %d", at))
		return
	}
	n := uint64(order.Uint16(data[at:]))
	if at+2+12*n > uint64(len(data)) {
		r.fail(Truncated, int64(at), fmt.Sprintf("%d tags", n))
		return
	}
	for i := range n {
		e := data[at+2+12*i:]
		v := int(order.Uint32(e[8:]))
		if order.Uint16(e[2:]) == 3 { // a short
			v = int(order.Uint16(e[8:]))
		}
		switch order.Uint16(e) {
		case 256:
			r.Width = v
		case 257:
			r.Height = v
		}
	}
}

// decodeICO checks the list of pictures, and those that are PNG.
func decodeICO(r *Result, data []byte, o Options) {
	if len(data) < 6 {
		r.fail(Truncated, int64(len(data)), "")
		return
	}
	n := int(binary.LittleEndian.Uint16(data[4:]))
	if n == 0 || binary.LittleEndian.Uint16(data) != 0 {
		r.fail(Magic, 0, printableStart(data))
		return
	}
	r.Frames = n
	for i := range n {
		at := 6 + 16*i
		if at+16 > len(data) {
			r.fail(Truncated, int64(at), "")
			return
		}
		w, h := int(data[at]), int(data[at+1])
		if w == 0 {
			w = 256
		}
		if h == 0 {
			h = 256
		}
		r.Width, r.Height = max(r.Width, w), max(r.Height, h)
		size, off := uint64(binary.LittleEndian.Uint32(data[at+8:])), uint64(binary.LittleEndian.Uint32(data[at+12:]))
		if off+size > uint64(len(data)) || size == 0 {
			r.fail(Truncated, int64(at), fmt.Sprintf("picture %d ends at %d", i, off+size))
			return
		}
		if b := data[off : off+size]; Sniff(b) == "png" {
			inner := Result{Format: "png"}
			decodePNG(&inner, b, o)
			if f := inner.Fault; f != nil {
				r.fail(f.Code, f.Offset+int64(off), f.Detail)
				return
			}
			if inner.Thumb != nil {
				r.Thumb = inner.Thumb
			}
		}
	}
}

// thumb makes the small picture.
func (r *Result) thumb(img image.Image, o Options) {
	if !o.Thumbs || img == nil {
		return
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= 0 || h <= 0 {
		return
	}
	if long := max(w, h); long > thumbSize {
		w, h = max(1, w*thumbSize/long), max(1, h*thumbSize/long)
	}
	small := shrink(img, b, w, h)
	var out bytes.Buffer
	if png.Encode(&out, small) == nil && out.Len() < 32<<10 {
		r.Thumb = out.Bytes()
	}
}

// shrink makes a picture of w × h pixels, each the mean of up to 16 of those that it
// stands for.
func shrink(img image.Image, b image.Rectangle, w, h int) *image.NRGBA {
	const side = 4
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var r, g, bl, a, n uint64
			x0, x1 := b.Min.X+x*b.Dx()/w, b.Min.X+max(x*b.Dx()/w+1, (x+1)*b.Dx()/w)
			y0, y1 := b.Min.Y+y*b.Dy()/h, b.Min.Y+max(y*b.Dy()/h+1, (y+1)*b.Dy()/h)
			for py := y0; py < y1; py += max(1, (y1-y0)/side) {
				for px := x0; px < x1; px += max(1, (x1-x0)/side) {
					cr, cg, cb, ca := img.At(px, py).RGBA()
					r, g, bl, a, n = r+uint64(cr), g+uint64(cg), bl+uint64(cb), a+uint64(ca), n+1
				}
			}
			if a == 0 {
				continue
			}
			out.SetNRGBA(x, y, color.NRGBA{R: uint8(r * 255 / a), G: uint8(g * 255 / a), B: uint8(bl * 255 / a), A: uint8(a / n >> 8)})
		}
	}
	return out
}
