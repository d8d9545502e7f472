package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// text reports whether data is text that should be parsed.
func (r *Result) text(data []byte) bool {
	if len(data) > MaxText {
		r.Note, r.Checked = NoteLarge, false
		return false
	}
	if isTemplate(data) {
		r.Note = NoteTemplate
	}
	if i := invalid(data); i >= 0 && r.Note == "" {
		r.failAt(Syntax, data, int64(i), "not UTF-8")
		return false
	}
	return true
}

// template matches the placeholders of text/template and its kin.
var template = regexp.MustCompile(`\{\{-?\s*(?:[.$"(/]|end|if|range|with|else|define|block|template|include|[a-zA-Z_]\w*)`)

func isTemplate(data []byte) bool {
	return bytes.Contains(data, []byte("{{")) && bytes.Contains(data, []byte("}}")) && template.Match(data)
}

// invalid is the offset of the first byte that is not UTF-8, -1 if there is none.
func invalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// excuse takes a fault back that is none: a template is text for another parser.
func (r *Result) excuse() {
	if r.Note == NoteTemplate && r.Fault != nil {
		r.Fault, r.Checked = nil, false
	}
}

func decodeJSON(r *Result, data []byte, _ Options) {
	if !r.text(data) {
		return
	}
	defer r.excuse()
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if err == nil {
		return
	}
	var s *json.SyntaxError
	if !errors.As(err, &s) {
		r.failAt(Syntax, data, 0, oneLine(err))
		return
	}
	if d := json.NewDecoder(bytes.NewReader(data)); lines(d) { // JSON lines: one value after the other
		return
	}
	if plain := withoutComments(data); plain != nil && json.Unmarshal(plain, &raw) == nil {
		r.Note = NoteComments // for parsers that take them
		return
	}
	kind := Syntax
	if strings.Contains(s.Error(), "unexpected end") {
		kind = Truncated
	}
	r.failAt(kind, data, max(0, s.Offset-1), s.Error())
}

// lines reports whether a stream is more than one whole value.
func lines(d *json.Decoder) bool {
	for n := 0; ; n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			return n > 1
		} else if err != nil {
			return false
		}
		if c := raw[0]; c != '{' && c != '[' { // words after a value are no stream
			return false
		}
	}
}

// withoutComments blanks out // and /* */ outside of strings; nil if there is none.
func withoutComments(data []byte) []byte {
	out := bytes.Clone(data)
	found, inString := false, false
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case inString:
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
		case c == '"':
			inString = true
		case c == '/' && i+1 < len(out) && (out[i+1] == '/' || out[i+1] == '*'):
			found = true
			end := bytes.IndexByte(out[i:], '\n')
			if out[i+1] == '*' {
				if end = bytes.Index(out[i:], []byte("*/")); end >= 0 {
					end += 2
				}
			}
			if end < 0 {
				end = len(out) - i
			}
			for j := i; j < i+end; j++ {
				if out[j] != '\n' {
					out[j] = ' '
				}
			}
			i += end - 1
		}
	}
	if !found {
		return nil
	}
	return out
}

// maxFlatTOML bounds what is parsed into values.
const maxFlatTOML = 4 << 20

func decodeTOML(r *Result, data []byte, _ Options) {
	if len(data) > maxFlatTOML {
		r.Note, r.Checked = NoteLarge, false
		return
	}
	if !r.text(data) {
		return
	}
	defer r.excuse()
	var v map[string]any
	_, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&v)
	if err == nil {
		return
	}
	var p toml.ParseError
	if errors.As(err, &p) {
		r.failAt(Syntax, data, int64(p.Position.Start), oneLine(p.Message))
		if p.Message == "" {
			r.Fault.Detail = oneLine(err)
		}
		if p.Position.Line > 0 {
			r.Fault.Line = p.Position.Line
		}
		return
	}
	r.failAt(Syntax, data, 0, oneLine(err))
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func decodeYAML(r *Result, data []byte, _ Options) {
	if len(data) > maxFlatTOML {
		r.Note, r.Checked = NoteLarge, false
		return
	}
	if !r.text(data) {
		return
	}
	defer r.excuse()
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node // aliases stay what they are
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line := 1
			if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
				line, _ = strconv.Atoi(m[1])
			}
			if strings.Contains(err.Error(), "cannot start any token") || strings.Contains(err.Error(), "tab character") { // the line is that of what it stands in
				line = strayLine(data, line)
			}
			r.failAt(Syntax, data, lineStart(data, line), strings.TrimPrefix(oneLine(err), "yaml: "))
			return
		}
	}
}

// strayLine is the first line from a line on that begins with what no token may: a tab, or
// one of the marks that YAML keeps for itself.
func strayLine(data []byte, from int) int {
	n := 0
	for line := range strings.Lines(string(data)) {
		if n++; n < from || n > from+100 {
			continue
		}
		text := strings.TrimLeft(line, " \t")
		if strings.Contains(line[:len(line)-len(text)], "\t") || strings.IndexAny(text, "@`%") == 0 {
			return n
		}
		if _, value, ok := strings.Cut(text, ": "); ok && strings.IndexAny(strings.TrimLeft(value, " "), "@`%\t") == 0 {
			return n
		}
	}
	return from
}
