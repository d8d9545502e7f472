package decode

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

const (
	maxSVG   = 4 << 20
	maxDepth = 256     // nested elements
	maxNodes = 100_000 // elements
	svgSide  = 64
)

// decodeXML checks that text is well-formed XML.
func decodeXML(r *Result, data []byte, _ Options) {
	defer r.excuse()
	if isTemplate(data) {
		r.Note = NoteTemplate
	}
	r.xml(data)
}

// xml returns the number of elements.
func (r *Result) xml(data []byte) (elements int, root xml.Name) {
	if len(data) > MaxText {
		r.Note, r.Checked = NoteLarge, false
		return 0, root
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	depth := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.xmlFault(data, d, err)
			return elements, root
		}
		switch t := t.(type) {
		case xml.StartElement:
			if elements == 0 {
				root = t.Name
			}
			elements++
			if depth++; depth > maxDepth*16 {
				r.failAt(Structure, data, d.InputOffset(), fmt.Sprintf("nested more than %d deep", maxDepth*16))
				return elements, root
			}
		case xml.EndElement:
			depth--
		}
	}
	// Again with names matched, which RawToken does not do.
	d = xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	d.Entity = entities(data)
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			r.xmlFault(data, d, err)
			return elements, root
		}
	}
	if elements == 0 {
		r.failAt(Syntax, data, int64(len(data)), "no element")
	}
	return elements, root
}

// entities are those that the document declares itself, without their text.
func entities(data []byte) map[string]string {
	m := map[string]string{}
	for rest := data; len(m) < 1000; {
		i := bytes.Index(rest, []byte("<!ENTITY"))
		if i < 0 {
			break
		}
		rest = rest[i+8:]
		if f := bytes.Fields(rest[:min(len(rest), 200)]); len(f) > 0 {
			m[string(f[0])] = ""
		}
	}
	return m
}

func (r *Result) xmlFault(data []byte, d *xml.Decoder, err error) {
	var s *xml.SyntaxError
	kind, detail := Syntax, oneLine(err)
	if errors.As(err, &s) {
		detail = s.Msg
		if strings.Contains(s.Msg, "unexpected EOF") {
			kind = Truncated
		}
	}
	r.failAt(kind, data, d.InputOffset(), detail)
	if s != nil && s.Line > 0 && r.Fault != nil {
		r.Fault.Line = s.Line
	}
}

// decodeSVG checks the XML, and draws it as Fyne does, small.
func decodeSVG(r *Result, data []byte, o Options) {
	defer r.excuse()
	if isTemplate(data) {
		r.Note = NoteTemplate
	}
	n, root := r.xml(data)
	if r.Fault != nil || !r.Checked {
		return
	}
	if root.Local != "svg" {
		r.failAt(Syntax, data, 0, fmt.Sprintf("the root element is <%s>", root.Local))
		return
	}
	if len(data) > maxSVG || n > maxNodes || nested(data) > maxDepth {
		r.Note = NoteLarge
		return
	}
	img, w, h, err := raster(data)
	r.Width, r.Height = w, h
	if err != nil {
		if o.Fyne {
			r.fail(Unsupported, -1, oneLine(err))
		} else {
			r.Note = NoteHeader
		}
		return
	}
	r.thumb(img, o)
}

// nested is how deep elements are nested.
func nested(data []byte) int {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, most := 0, 0
	for {
		t, err := d.RawToken()
		if err != nil {
			return most
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
			most = max(most, depth)
		case xml.EndElement:
			depth--
		}
	}
}

// raster draws an SVG by the library that Fyne uses.
func raster(data []byte) (img image.Image, w, h int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the rasteriser panics: %v", p)
		}
	}()
	icon, err := oksvg.ReadIconStream(bytes.NewReader(data))
	if err != nil {
		return nil, 0, 0, err
	}
	vw, vh := icon.ViewBox.W, icon.ViewBox.H
	if vw <= 0 || vh <= 0 || vw > 1e6 || vh > 1e6 {
		return nil, 0, 0, nil // without a size; Fyne takes the widget's
	}
	w, h = int(vw), int(vh)
	side := svgSide / max(vw, vh)
	pw, ph := max(1, int(vw*side)), max(1, int(vh*side))
	icon.SetTarget(0, 0, float64(pw), float64(ph))
	dst := image.NewRGBA(image.Rect(0, 0, pw, ph))
	scanner := rasterx.NewScannerGV(pw, ph, dst, dst.Bounds())
	icon.Draw(rasterx.NewDasher(pw, ph, scanner), 1)
	return dst, w, h, nil
}
