package wasmfile

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Provided is what the importObject of a wasm_exec.js provides: of each module the
// names of its functions.
type Provided struct {
	Modules map[string][]string
	// Open are the modules of which not every name can be told from the text: built by
	// a spread or a call. "" stands for the whole object.
	Open []string
}

// Gives reports whether an import is provided; sure is false where the text does not
// tell.
func (p *Provided) Gives(module, name string) (given, sure bool) {
	if names, ok := p.Modules[module]; ok && slices.Contains(names, name) {
		return true, true
	}
	return false, !slices.Contains(p.Open, module) && !slices.Contains(p.Open, "")
}

// ErrNoImportObject is returned for a script in which no importObject is found.
var ErrNoImportObject = errors.New("no importObject")

// ImportObject reads what a script provides to WebAssembly, without running it: the
// object that is assigned to importObject, as the wasm_exec.js of Go and TinyGo have
// it, also when a tool has made the script small.
func ImportObject(script []byte) (*Provided, error) {
	tokens := scan(script)
	p := &Provided{Modules: map[string][]string{}}
	found := false
	for i := range tokens {
		if tokens[i].text != "importObject" || tokens[i].kind == punctuation {
			continue
		}
		if at, ok := objectAfter(tokens, i+1); ok {
			found = true
			o := &objects{tokens: tokens, at: at, p: p}
			o.modules()
		}
		// importObject.gojs = {…}, importObject["gojs"].name = …
		if module, at, ok := member(tokens, i+1); ok {
			found = p.assigned(tokens, module, at) || found
		}
	}
	if !found {
		return nil, ErrNoImportObject
	}
	for _, module := range slices.Collect(maps.Keys(p.Modules)) {
		names := p.Modules[module]
		slices.Sort(names)
		p.Modules[module] = slices.Compact(names)
	}
	return p, nil
}

// objectAfter returns where the object begins that is assigned, or returned by a
// getter: "= {", ": {", "() { return {".
func objectAfter(tokens []token, i int) (int, bool) {
	at := func(n int, s string) bool {
		return i+n < len(tokens) && tokens[i+n].kind != text && tokens[i+n].text == s
	}
	switch {
	case (at(0, "=") || at(0, ":")) && at(1, "{"):
		return i + 1, true
	case at(0, "(") && at(1, ")") && at(2, "{") && at(3, "return") && at(4, "{"):
		return i + 4, true
	}
	return 0, false
}

// member reads ".name" or "[\"name\"]" and returns where the rest begins.
func member(tokens []token, i int) (name string, rest int, ok bool) {
	if i+1 < len(tokens) && tokens[i].is(".") && tokens[i+1].kind == word {
		return tokens[i+1].text, i + 2, true
	}
	if i+2 < len(tokens) && tokens[i].is("[") && tokens[i+1].kind == text && tokens[i+2].is("]") {
		return tokens[i+1].text, i + 3, true
	}
	return "", 0, false
}

// assigned reads what follows importObject.MODULE.
func (p *Provided) assigned(tokens []token, module string, at int) bool {
	if name, rest, ok := member(tokens, at); ok {
		if rest+1 < len(tokens) && tokens[rest].is("=") && !tokens[rest+1].is("=") {
			p.Modules[module] = append(p.Modules[module], name)
			return true
		}
		return false
	}
	if at+1 < len(tokens) && tokens[at].is("=") && !tokens[at+1].is("=") {
		if tokens[at+1].is("{") {
			o := &objects{tokens: tokens, at: at + 1, p: p}
			o.functions(module)
		} else {
			p.Open = append(p.Open, module)
		}
		return true
	}
	return false
}

// objects reads object literals.
type objects struct {
	tokens []token
	at     int
	p      *Provided
}

func (o *objects) peek() token {
	if o.at < len(o.tokens) {
		return o.tokens[o.at]
	}
	return token{kind: punctuation, text: ""}
}

// modules reads the outer object, whose keys are modules.
func (o *objects) modules() {
	o.each(func(key string) {
		if o.peek().is("{") {
			o.functions(key)
			// What follows the inner object, as in {…} || other, is not read.
			return
		}
		o.p.Open = append(o.p.Open, key)
	}, "")
}

// functions reads an inner object, whose keys are functions.
func (o *objects) functions(module string) {
	if _, ok := o.p.Modules[module]; !ok {
		o.p.Modules[module] = nil
	}
	o.each(func(key string) { o.p.Modules[module] = append(o.p.Modules[module], key) }, module)
}

// each calls value for each key of the object that begins here, at the key's value. An
// object whose keys cannot all be told is noted as open.
func (o *objects) each(value func(key string), module string) {
	o.at++ // {
	for o.at < len(o.tokens) && !o.peek().is("}") {
		start := o.at
		key, ok := o.key()
		if !ok {
			o.p.Open = append(o.p.Open, module)
		} else {
			value(key)
		}
		o.skip()
		if o.peek().is(",") {
			o.at++
		}
		if o.at == start {
			return // what stands here is no object
		}
	}
	o.at++
}

// key reads a key and the colon behind it; false for a spread or a computed key.
func (o *objects) key() (string, bool) {
	for {
		t := o.peek()
		next := token{}
		if o.at+1 < len(o.tokens) {
			next = o.tokens[o.at+1]
		}
		switch {
		case t.is("*"), t.kind == word && (t.text == "async" || t.text == "get" || t.text == "set") && (next.kind != punctuation || next.is("[") || next.is("*")):
			o.at++
			continue
		case t.is("[") && next.kind == text && o.at+2 < len(o.tokens) && o.tokens[o.at+2].is("]"):
			o.at += 3
			o.colon()
			return next.text, true
		case t.kind == word || t.kind == text:
			o.at++
			o.colon()
			return t.text, true
		}
		return "", false
	}
}

func (o *objects) colon() {
	if o.peek().is(":") {
		o.at++
	}
}

// skip goes to the comma behind the value, or to the brace that ends the object.
func (o *objects) skip() {
	for depth := 0; o.at < len(o.tokens); o.at++ {
		t := o.tokens[o.at]
		if t.kind != punctuation {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth == 0 {
				return
			}
			depth--
		case ",":
			if depth == 0 {
				return
			}
		}
	}
}

// Kinds of tokens.
const (
	word        = iota // an identifier, a keyword or a number
	text               // a string, without its quotes
	punctuation        // one character
)

type token struct {
	kind int
	text string
}

func (t token) is(s string) bool { return t.kind == punctuation && t.text == s }

// scan cuts a script into tokens. Comments, templates and regular expressions are left
// out, a template as an empty string.
func scan(s []byte) []token {
	var out []token
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '/' && i+1 < len(s) && s[i+1] == '/':
			for i < len(s) && s[i] != '\n' {
				i++
			}
		case c == '/' && i+1 < len(s) && s[i+1] == '*':
			for i += 2; i < len(s) && !(s[i] == '*' && i+1 < len(s) && s[i+1] == '/'); i++ {
			}
			i += 2
		case c == '/' && beginsExpression(out):
			i = skipRegexp(s, i)
			out = append(out, token{kind: text})
		case c == '"' || c == '\'':
			end := i + 1
			for end < len(s) && s[end] != c && s[end] != '\n' {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(s))
			out = append(out, token{text, unquote(string(s[i+1 : end]))})
			i = end + 1
		case c == '`':
			i = skipTemplate(s, i)
			out = append(out, token{kind: text})
		case isWord(c):
			end := i
			for end < len(s) && isWord(s[end]) {
				end++
			}
			out = append(out, token{word, string(s[i:end])})
			i = end
		default:
			out = append(out, token{punctuation, string(s[i : i+1])})
			i++
		}
	}
	return out
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// beginsExpression reports whether a slash here begins a regular expression rather than
// divides: by what stands before it.
func beginsExpression(before []token) bool {
	if len(before) == 0 {
		return true
	}
	t := before[len(before)-1]
	if t.kind == punctuation {
		return !strings.Contains(")]}", t.text)
	}
	return t.kind == word && slices.Contains([]string{"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else"}, t.text)
}

func skipRegexp(s []byte, i int) int {
	class := false
	for i++; i < len(s) && s[i] != '\n'; i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '[':
			class = true
		case s[i] == ']':
			class = false
		case s[i] == '/' && !class:
			return i + 1
		}
	}
	return i
}

// skipTemplate goes behind a template, and the expressions in it.
func skipTemplate(s []byte, i int) int {
	var braces []int // open braces of each ${ that stands around
	inside := true   // the text of a template, rather than an expression
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case inside && c == '`':
			if len(braces) == 0 {
				return i + 1
			}
			inside = false
		case inside && c == '$' && i+1 < len(s) && s[i+1] == '{':
			i++
			braces, inside = append(braces, 0), false
		case inside:
		case c == '`':
			inside = true
		case c == '{':
			braces[len(braces)-1]++
		case c == '}':
			if n := len(braces) - 1; braces[n] > 0 {
				braces[n]--
			} else {
				braces, inside = braces[:n], true
			}
		}
	}
	return i
}

// unquote resolves the escapes of a string as far as names have any.
func unquote(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	if v, err := strconv.Unquote(`"` + strings.ReplaceAll(strings.ReplaceAll(s, `\'`, `'`), `"`, `\"`) + `"`); err == nil {
		return v
	}
	return strings.ReplaceAll(s, `\`, "")
}
