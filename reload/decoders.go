package reload

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // Image decodes them
	_ "image/jpeg"
	_ "image/png"
	"io"
	"unicode/utf8"
)

// PositionError is a decoder's error with its place in the file.
type PositionError struct {
	Line, Column int // from 1; 0: unknown
	Err          error
}

func (e *PositionError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *PositionError) Unwrap() error { return e.Err }

// at is an error at a byte of the data.
func at(data []byte, offset int64, err error) error {
	offset = max(0, min(offset, int64(len(data))))
	before := data[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return &PositionError{Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[start:]) + 1, Err: err}
}

// Bytes takes a file as it is.
func Bytes(data []byte) ([]byte, error) { return data, nil }

// Text takes a file that must be valid UTF-8.
func Text(data []byte) (string, error) {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return "", at(data, int64(i), errors.New("not valid UTF-8"))
		}
		i += n
	}
	return string(data), nil
}

// JSON decodes one JSON value into a T.
func JSON[T any](data []byte) (T, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&v); err != nil {
		return v, jsonError(data, err)
	}
	end := d.InputOffset()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		rest := bytes.TrimLeft(data[end:], " \t\r\n")
		return v, at(data, int64(len(data)-len(rest)), errors.New("more after the JSON value"))
	}
	return v, nil
}

// jsonError gives an error of encoding/json its place.
func jsonError(data []byte, err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		// Offset counts the bytes read, the wrong one included.
		return at(data, syntax.Offset-1, err)
	case errors.As(err, &typ):
		return at(data, typ.Offset, err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return at(data, int64(len(data)), errors.New("the JSON value does not end"))
	}
	return err
}

// Image decodes a PNG, JPEG or GIF, and what else the program has registered with
// package image.
func Image(data []byte) (image.Image, error) {
	m, _, err := image.Decode(bytes.NewReader(data))
	return m, err
}

// SVG checks that a file is well-formed XML with the root element svg, and returns it
// as it is, for the program's own renderer.
func SVG(data []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	// Other encodings than UTF-8 are the renderer's business.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	root := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, column := d.InputPos()
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) {
				return nil, &PositionError{Line: syntax.Line, Column: column, Err: errors.New(syntax.Msg)}
			}
			return nil, &PositionError{Line: line, Column: column, Err: err}
		}
		if e, ok := token.(xml.StartElement); ok && root == "" {
			if root = e.Name.Local; root != "svg" {
				line, _ := d.InputPos()
				return nil, &PositionError{Line: line, Err: fmt.Errorf("the root element is %s, not svg", root)}
			}
		}
	}
	if root == "" {
		return nil, errors.New("there is no element svg")
	}
	return data, nil
}

// Font checks the table directory of a TrueType or OpenType font or collection, and
// returns the file as it is, for the program's own rasteriser. See the OpenType
// specification 1.9, "Organization of an OpenType Font".
func Font(data []byte) ([]byte, error) {
	if len(data) < 12 {
		return nil, errors.New("too short for a font")
	}
	starts := []uint32{0}
	if string(data[:4]) == "ttcf" {
		n := binary.BigEndian.Uint32(data[8:])
		if n == 0 || int64(n) > int64(len(data)-12)/4 {
			return nil, fmt.Errorf("a collection of %d fonts does not fit into %d bytes", n, len(data))
		}
		starts = nil
		for i := range n {
			starts = append(starts, binary.BigEndian.Uint32(data[12+4*i:]))
		}
	}
	for _, start := range starts {
		if err := fontTables(data, int64(start)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func fontTables(data []byte, start int64) error {
	if start+12 > int64(len(data)) {
		return fmt.Errorf("a font begins at byte %d of %d", start, len(data))
	}
	switch v := string(data[start : start+4]); v {
	case "\x00\x01\x00\x00", "OTTO", "true", "typ1":
	default:
		return fmt.Errorf("no font begins with %q", v)
	}
	n := int64(binary.BigEndian.Uint16(data[start+4:]))
	if n == 0 || start+12+16*n > int64(len(data)) {
		return fmt.Errorf("a directory of %d tables does not fit into %d bytes", n, len(data))
	}
	for i := range n {
		entry := data[start+12+16*i:]
		from, size := int64(binary.BigEndian.Uint32(entry[8:])), int64(binary.BigEndian.Uint32(entry[12:]))
		if from+size > int64(len(data)) {
			return fmt.Errorf("table %q ends at byte %d of %d: the file is cut off", entry[:4], from+size, len(data))
		}
	}
	return nil
}

// Translations decodes a JSON object of texts by key. Objects in it are joined by
// dots: {"menu": {"open": "Open"}} has the key menu.open. A key that comes twice, and
// a value that is neither text nor object, are errors.
func Translations(data []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	texts := map[string]string{}
	if err := translations(d, data, "", texts); err != nil {
		return nil, err
	}
	if end := d.InputOffset(); len(bytes.TrimSpace(data[end:])) > 0 {
		return nil, at(data, end, errors.New("more after the JSON value"))
	}
	return texts, nil
}

func translations(d *json.Decoder, data []byte, prefix string, texts map[string]string) error {
	token, err := d.Token()
	if err != nil {
		return jsonError(data, err)
	}
	if token != json.Delim('{') {
		return at(data, d.InputOffset(), fmt.Errorf("%v where an object of texts must be", token))
	}
	return translationFields(d, data, prefix, texts)
}

// translationFields reads an object of which the brace has been read.
func translationFields(d *json.Decoder, data []byte, prefix string, texts map[string]string) error {
	for {
		token, err := d.Token()
		if err != nil {
			return jsonError(data, err)
		}
		name, ok := token.(string)
		if !ok { // the closing brace
			return nil
		}
		key := prefix + name
		line := d.InputOffset()
		if token, err = d.Token(); err != nil {
			return jsonError(data, err)
		}
		switch v := token.(type) {
		case string:
			if _, twice := texts[key]; twice {
				return at(data, line, fmt.Errorf("the key %q comes twice", key))
			}
			texts[key] = v
		case json.Delim:
			if v != '{' {
				return at(data, line, fmt.Errorf("the value of %q is a list, not a text", key))
			}
			if err := translationFields(d, data, key+".", texts); err != nil {
				return err
			}
		default:
			return at(data, line, fmt.Errorf("the value of %q is %v, not a text", key, v))
		}
	}
}
