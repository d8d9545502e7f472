package decode

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
)

// picture is one that does not pack to nothing.
func picture(t testing.TB, format string, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = byte(i*7 ^ i>>5)
	}
	img.SetNRGBA(0, 0, color.NRGBA{A: 255})
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func wave(bytesOfSound, said uint32) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint32(b, 16000)
	b = append(b, 2, 0, 16, 0)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, said)
	return append(b, make([]byte, bytesOfSound)...)
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x55
	return b
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">`

func TestWholeResources(t *testing.T) {
	for _, tt := range []struct {
		name, format string
		data         []byte
		check        func(r Result) bool
	}{
		{"a.png", "png", picture(t, "png", 30, 20), func(r Result) bool { return r.Width == 30 && r.Height == 20 && len(r.Thumb) > 0 }},
		{"a.jpg", "jpeg", picture(t, "jpeg", 30, 20), func(r Result) bool { return r.Width == 30 }},
		{"a.gif", "gif", picture(t, "gif", 30, 20), func(r Result) bool { return r.Height == 20 }},
		{"a.ttf", "ttf", goregular.TTF, func(r Result) bool { return r.Glyphs > 600 && r.Family == "Go" }},
		{"", "ttf", goregular.TTF, func(r Result) bool { return r.Glyphs > 600 }},
		{"a.svg", "svg", []byte(svgHead + `<path d="M0 0L4 4"/></svg>`), func(r Result) bool { return r.Width == 8 && len(r.Thumb) > 0 }},
		{"a.json", "json", []byte(`{"a": [1, 2]}`), nil},
		{"a.json", "json", []byte("{\"a\": 1}\n{\"a\": 2}\n"), nil},
		{"a.json", "json", []byte("{\n// taken by many\n\"a\": 1}"), func(r Result) bool { return r.Note == NoteComments }},
		{"a.toml", "toml", []byte("a = 1\n[b]\nc = 'x'\n"), nil},
		{"a.toml", "toml", nil, nil},
		{"a.yaml", "yaml", []byte("a: 1\n---\nb: [x, y]\n"), nil},
		{"a.yaml", "yaml", []byte("a: {{ .Name }}\n{{- if .B }}\nb: [\n{{- end }}\n"), func(r Result) bool { return r.Note == NoteTemplate }},
		{"a.wav", "wav", wave(16000, 16000), func(r Result) bool { return r.Seconds == 1 }},
		{"a.kage", "kage", []byte("package main\nfunc Fragment(dst vec4, src vec2) vec4 { return vec4(1) }"), nil},
		{"a.frag", "glsl", []byte("#version 330\nvoid main() { /* { */ }"), nil},
		{"a.frag", "glsl", []byte("// GL ES\n#ifdef A\nvoid main() {\n#else\nvoid main() {\n#endif\n}"), nil},
		{"icon.ico", "png", picture(t, "png", 8, 8), func(r Result) bool { return r.Other == "ico" }},
		{"a.bin", "", []byte{1, 2, 3}, nil},
	} {
		r := Decode(tt.name, tt.data, Options{Thumbs: true, Fyne: true})
		if r.Fault != nil || r.Format != tt.format || tt.check != nil && !tt.check(r) {
			t.Errorf("%s: %+v, fault %+v", tt.name, r, r.Fault)
		}
	}
}

func TestBrokenResources(t *testing.T) {
	whole := picture(t, "png", 64, 64)
	for _, tt := range []struct {
		name   string
		data   []byte
		code   string
		offset int64 // -2: any
		line   int
	}{
		{"a.png", whole[:len(whole)/2], Truncated, -2, 0},
		{"a.png", flip(whole, 60), Checksum, -2, 0},
		{"a.png", whole[:len(whole)-12], Truncated, int64(len(whole) - 12), 0}, // without IEND
		{"a.png", nil, Empty, 0, 0},
		{"a.png", []byte("hello, this is no picture"), Magic, 0, 0},
		{"a.png", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), LFS, 0, 0},
		{"a.jpg", []byte("\n<!DOCTYPE html><html></html>"), WebPage, 0, 0},
		{"a.jpg", picture(t, "jpeg", 64, 64)[:900], Truncated, -2, 0},
		{"a.gif", picture(t, "gif", 64, 64)[:1500], Truncated, -2, 0},
		{"a.ttf", goregular.TTF[:80_000], Truncated, 80_000, 0},
		{"a.ttf", flip(goregular.TTF, 5), Truncated, -2, 0},
		{"a.svg", []byte(svgHead + "\n<g>\n</svg>"), Syntax, -2, 3},
		{"a.svg", []byte(svgHead + "\n<g>\n"), Truncated, -2, 3},
		{"a.svg", []byte("<p/>"), Syntax, -2, 1},
		{"a.json", []byte("{\n \"a\": 1,\n}"), Syntax, -2, 3},
		{"a.json", []byte("{\n \"a\": [1"), Truncated, -2, 2},
		{"a.json", []byte("\xef\xbb\xbf{}"), Syntax, 0, 1},
		{"a.json", []byte("{\"a\": \"\xff\"}"), Syntax, 7, 1},
		{"a.toml", []byte("a = 1\nb = \"x\n"), Syntax, -2, 2},
		{"a.yaml", []byte("a:\n  - b\n\tc: d\n"), Syntax, -2, 3},
		{"a.wav", wave(100, 16000), Truncated, -2, 0},
		{"a.kage", []byte("package main\n\nfunc Fragment(dst vec4 vec4 {\n"), Syntax, -2, 3},
		{"a.kage", []byte("package main\n"), NoEntry, -2, 1},
		{"a.kage", []byte("package main\nfunc Fragment(dst vec2) vec4 { return vec4(1) }"), Syntax, -2, 2},
		{"a.frag", []byte("void main() {\n  x = (1;\n}\n"), Syntax, -2, 3},
		{"a.frag", []byte("void main() {\n"), Truncated, -2, 1},
		{"a.frag", []byte("void main() {} /* \n"), Truncated, -2, 1},
	} {
		r := Decode(tt.name, tt.data, Options{Fyne: true})
		f := r.Fault
		if f == nil || f.Code != tt.code || tt.offset != -2 && f.Offset != tt.offset || tt.line != f.Line {
			t.Errorf("%s %.40q: %+v, want %s at %d, line %d", tt.name, tt.data, f, tt.code, tt.offset, tt.line)
		}
	}
}

// A picture that says it has a billion pixels takes no memory for them.
func TestBombs(t *testing.T) {
	huge := picture(t, "png", 8, 8)
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	sum := crc32.ChecksumIEEE(huge[12:29])
	binary.BigEndian.PutUint32(huge[29:], sum)
	if r := Decode("a.png", huge, Options{}); r.Note != NoteLarge || r.Width != 60_000 {
		t.Errorf("%+v", r)
	}
	deep := svgHead + strings.Repeat("<g>", 20_000) + strings.Repeat("</g>", 20_000) + "</svg>"
	if r := Decode("a.svg", []byte(deep), Options{Fyne: true}); r.Note != NoteLarge && r.Fault == nil {
		t.Errorf("%+v", r)
	}
	laughs := "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a \"" + strings.Repeat("&b;", 1000) + "\">]>" + svgHead + strings.Repeat("&a;", 1000) + "</svg>"
	Decode("a.svg", []byte(laughs), Options{Fyne: true})
	if r := Decode("a.json", []byte(strings.Repeat("[", 100_000)), Options{}); r.Fault == nil {
		t.Errorf("%+v", r)
	}
	aliases := "a: &a [x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		aliases += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 9) + "x]\n"
	}
	if r := Decode("a.yaml", []byte(aliases), Options{}); r.Fault != nil {
		t.Errorf("%+v", r.Fault)
	}
}

// Whatever the bytes are, decoding them ends, and a place is within them.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"png", "jpeg", "gif"} {
		f.Add("a."+name, picture(f, name, 9, 7))
	}
	f.Add("a.ttf", goregular.TTF[:4000])
	f.Add("a.svg", []byte(svgHead+`<path d="M0 0L4 4"/></svg>`))
	f.Add("a.json", []byte(`{"a": [1, "x"]}`))
	f.Add("a.yaml", []byte("a: 1\n"))
	f.Add("a.toml", []byte("a = 1\n"))
	f.Add("a.wav", wave(10, 10))
	f.Add("a.kage", []byte("package main\nfunc Fragment() vec4 { return vec4(1) }"))
	f.Add("a.frag", []byte("void main() {}"))
	for _, s := range []string{"RIFF\x20\x00\x00\x00WEBPVP8X", "OggS\x00\x02", "ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00", "fLaC\x00\x00\x00\x22", "wOFF", "wOF2", "\x00\x00\x01\x00\x01\x00", "BM", "II*\x00\x08\x00\x00\x00", "ttcf"} {
		f.Add("", append([]byte(s), make([]byte, 80)...))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		r := Decode(name, data, Options{Thumbs: true, Fyne: true})
		if r.Fault == nil {
			return
		}
		if r.Fault.Offset < -1 || r.Fault.Offset > int64(len(data)) {
			t.Errorf("offset %d of %d", r.Fault.Offset, len(data))
		}
		if r.Fault.Code == Crash && !strings.Contains(r.Fault.Detail, "rasteriser") {
			t.Errorf("%s: %s", r.Format, r.Fault.Detail)
		}
	})
}
