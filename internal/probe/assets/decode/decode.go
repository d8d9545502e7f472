// Package decode opens a resource the way a program would, and says whether that
// works: pictures, fonts, sounds, shaders and settings, by their first bytes and by the
// ending of their name.
//
// The bytes are hostile: sizes are checked before memory is taken for them, and whoever
// calls [Decode] on bytes of others does it in a process that may be ended (see the room
// above). It knows no target. Start at [Decode].
package decode

import (
	"bytes"
	"path"
	"strings"
)

// Fault codes: why a resource is broken. The sentences are in the room text, under
// asset.fault.CODE.
const (
	Empty       = "empty"       // no bytes at all
	LFS         = "lfs"         // a pointer of Git LFS
	WebPage     = "web-page"    // HTML under another name: an error page that was saved
	Magic       = "magic"       // it does not begin like what its name says
	Truncated   = "truncated"   // it ends too early
	Checksum    = "checksum"    // a check sum is wrong
	Syntax      = "syntax"      // text that does not parse
	Structure   = "structure"   // bytes that do not parse
	Crash       = "crash"       // the decoder panicked
	TooLong     = "too-long"    // the decoder did not come to an end, or took too much memory
	Changed     = "changed"     // other bytes than the compiler saw
	Unsupported = "unsupported" // valid, but the toolkit's decoder does not take it
	NoEntry     = "no-entry"    // a shader without its entry function
)

// Fault says what is wrong, and where.
type Fault struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"` // the decoder's own words
	Offset int64  `json:"offset"`           // in bytes; -1: not known
	Line   int    `json:"line,omitempty"`   // of text, from 1
	Column int    `json:"column,omitempty"`
}

// Result is what is known of a resource.
type Result struct {
	Format  string  `json:"format,omitempty"` // "png", "ttf", "json"; "": none that is known
	Checked bool    `json:"checked"`          // it was decoded, and not only recognised
	Width   int     `json:"width,omitempty"`  // in pixels
	Height  int     `json:"height,omitempty"`
	Frames  int     `json:"frames,omitempty"`  // pictures in one file, if more than one
	Glyphs  int     `json:"glyphs,omitempty"`  // of a font
	Seconds float64 `json:"seconds,omitempty"` // of a sound
	Family  string  `json:"family,omitempty"`  // of a font
	Fault   *Fault  `json:"fault,omitempty"`
	Other   string  `json:"other,omitempty"` // the format that the name says, if it is another one
	Thumb   []byte  `json:"thumb,omitempty"` // a small PNG
	Note    string  `json:"note,omitempty"`  // what was not looked at: one of Note…
}

// Notes.
const (
	NoteLarge    = "large"    // more pixels than are decoded: its stream was followed only
	NoteTemplate = "template" // text with placeholders: not parsed
	NoteComments = "comments" // JSON with comments
	NoteHeader   = "header"   // the header was read only
)

// Options choose what is made beside the verdict.
type Options struct {
	Thumbs bool // small pictures
	Fyne   bool // SVG is for Fyne's rasteriser: what that cannot draw is a fault
}

// MaxText bounds text that is parsed, in bytes.
const MaxText = 16 << 20

// formats by the ending of a name.
var formats = map[string]string{
	"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp", "bmp": "bmp", "ico": "ico", "tif": "tiff", "tiff": "tiff", "svg": "svg",
	"ttf": "ttf", "otf": "otf", "ttc": "ttc", "otc": "ttc", "woff": "woff", "woff2": "woff2",
	"json": "json", "toml": "toml", "yaml": "yaml", "yml": "yaml", "xml": "xml", "ui": "xml",
	"wav": "wav", "ogg": "ogg", "oga": "ogg", "opus": "ogg", "mp3": "mp3", "flac": "flac",
	"kage": "kage", "glsl": "glsl", "vert": "glsl", "frag": "glsl", "vs": "glsl", "fs": "glsl", "geom": "glsl", "comp": "glsl",
}

// FormatOf is the format that a name says, "" for one that is not known.
func FormatOf(name string) string {
	name = strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	return formats[name[i+1:]]
}

// Media reports whether a format is one that people see or hear.
func Media(format string) bool {
	switch format {
	case "", "json", "toml", "yaml", "xml":
		return false
	}
	return true
}

// Sniff is the format that the first bytes say, "" if they say none.
func Sniff(b []byte) string {
	has := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	at := func(i int, s string) bool { return len(b) >= i+len(s) && string(b[i:i+len(s)]) == s }
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		return "png"
	case has("\xff\xd8\xff"):
		return "jpeg"
	case has("GIF87a"), has("GIF89a"):
		return "gif"
	case has("RIFF") && at(8, "WEBP"):
		return "webp"
	case has("RIFF") && at(8, "WAVE"):
		return "wav"
	case has("BM") && len(b) > 26 && b[6] == 0 && b[7] == 0 && b[8] == 0 && b[9] == 0:
		return "bmp"
	case has("II*\x00"), has("MM\x00*"):
		return "tiff"
	case has("\x00\x00\x01\x00") && len(b) > 22 && b[5] == 0 && b[9] == 0:
		return "ico"
	case has("\x00\x01\x00\x00") && len(b) > 12 && b[4] == 0 && b[5] < 100, has("true" + "\x00"):
		return "ttf"
	case has("OTTO\x00"):
		return "otf"
	case has("ttcf\x00"):
		return "ttc"
	case has("wOFF"):
		return "woff"
	case has("wOF2"):
		return "woff2"
	case has("OggS\x00"):
		return "ogg"
	case has("ID3\x02"), has("ID3\x03"), has("ID3\x04"):
		return "mp3"
	case has("fLaC"):
		return "flac"
	case has("//kage:unit"):
		return "kage"
	}
	head := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n"))
	if bytes.HasPrefix(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")) ||
		bytes.HasPrefix(head, []byte("<!--")) && bytes.Contains(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<!doctype svg")) {
		return "svg"
	}
	return ""
}

func isPage(b []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(b[:min(len(b), 256)], " \t\r\n\xef\xbb\xbf"))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

var decoders = map[string]func(*Result, []byte, Options){
	"png": decodePNG, "jpeg": decodePicture, "gif": decodeGIF, "webp": decodeWebP, "bmp": decodePicture, "tiff": decodeTIFF, "ico": decodeICO, "svg": decodeSVG,
	"ttf": decodeFont, "otf": decodeFont, "ttc": decodeFont, "woff": decodeWOFF, "woff2": decodeWOFF2,
	"json": decodeJSON, "toml": decodeTOML, "yaml": decodeYAML, "xml": decodeXML,
	"wav": decodeWAV, "ogg": decodeOgg, "mp3": decodeMP3, "flac": decodeFLAC, "kage": decodeKage, "glsl": decodeGLSL,
}

// fonts are one family: their names are often exchanged, and decoders do not mind.
func sameFamily(a, b string) bool {
	font := func(f string) bool { return f == "ttf" || f == "otf" || f == "ttc" }
	return a == b || font(a) && font(b)
}

// Decode decodes a resource. name may be empty.
func Decode(name string, data []byte, o Options) (r Result) {
	defer func() {
		if p := recover(); p != nil {
			r.Fault = &Fault{Code: Crash, Detail: oneLine(p), Offset: -1}
		}
	}()
	byName, byBytes := FormatOf(name), Sniff(data)
	r.Format = byBytes
	switch {
	case byBytes == "" && byName == "":
		return r
	case len(data) == 0:
		r.Format, r.Checked = byName, true
		if byName != "toml" && byName != "yaml" { // there it means no settings
			r.fail(Empty, 0, "")
		}
		return r
	case byBytes == "":
		r.Format = byName
	case byName != "" && !sameFamily(byName, byBytes) && !(byName == "xml" && byBytes == "svg"):
		r.Other = byName
	}
	r.Checked = true
	if r.wrongKind(byName, byBytes, data) {
		return r
	}
	decoders[r.Format](&r, data, o)
	return r
}

// wrongKind finds what is no such file at all.
func (r *Result) wrongKind(byName, byBytes string, data []byte) bool {
	switch {
	case bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/")) && len(data) < 1024:
		r.fail(LFS, 0, "")
	case byBytes != "" || byName == "mp3" && isMP3(data):
		return false
	case byName != "xml" && isPage(data):
		r.fail(WebPage, 0, "")
	case Media(byName) && byName != "svg" && byName != "kage" && byName != "glsl" && !(byName == "bmp" || byName == "tiff" || byName == "ico"):
		r.fail(Magic, 0, printableStart(data))
	default:
		return false
	}
	return true
}

func (r *Result) fail(code string, offset int64, detail string) {
	if r.Fault == nil {
		r.Fault = &Fault{Code: code, Detail: detail, Offset: offset}
	}
}

func (r *Result) failAt(code string, data []byte, offset int64, detail string) {
	if r.Fault == nil {
		r.Fault = &Fault{Code: code, Detail: detail, Offset: offset}
		r.Fault.Line, r.Fault.Column = position(data, offset)
	}
}

// position is the line and column of an offset.
func position(data []byte, offset int64) (line, column int) {
	offset = max(0, min(offset, int64(len(data))))
	head := data[:offset]
	return bytes.Count(head, []byte("\n")) + 1, int(offset) - bytes.LastIndexByte(head, '\n')
}

// lineStart is the offset of a line.
func lineStart(data []byte, line int) int64 {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return int64(at)
}
