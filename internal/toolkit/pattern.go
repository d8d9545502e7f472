package toolkit

import "strings"

// Pattern matches names of functions as the runtime prints them:
// "path/pkg.(*Type).Method", "path/pkg.Func.func1". An asterisk that stands for
// itself in "(*Type)" is literal; "…" stands for any number of characters. Type
// arguments and the "-fm" of a method value are not part of the name.
type Pattern string

// wild is the part of a pattern that stands for any number of characters.
const wild = "…"

// Match says whether the pattern matches the function.
func (p Pattern) Match(function string) bool {
	if match, known := p.plain(function); known {
		return match
	}
	return matchWild(string(p), canonical(function))
}

// plain decides by the first character in which the two differ, which is enough
// unless it may be one that is not compared. A watch asks some hundred times for
// each stack that it sees.
func (p Pattern) plain(function string) (match, known bool) {
	n := 0
	for n < len(p) && n < len(function) && p[n] == function[n] && p[n] != wild[0] {
		n++
	}
	switch {
	case n < len(p) && (p[n] == wild[0] || p[n] == '['), strings.IndexByte(function[:n], '[') >= 0:
		return false, false
	case n < len(function) && (function[n] == '[' || function[n:] == "-fm" || function[n] == wild[0]):
		return false, false
	}
	return n == len(p) && n == len(function), true
}

// matchWild says whether a pattern with wild parts matches the name.
func matchWild(pattern, name string) bool {
	first, rest, found := strings.Cut(pattern, wild)
	if !found {
		return name == first
	}
	if !strings.HasPrefix(name, first) {
		return false
	}
	name = name[len(first):]
	for {
		part, after, more := strings.Cut(rest, wild)
		if !more {
			return strings.HasSuffix(name, part)
		}
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(part):], after
	}
}

// canonical is the name without type arguments and without the suffix of a
// method value.
func canonical(function string) string {
	name := strings.TrimSuffix(function, "-fm")
	for {
		open := strings.IndexByte(name, '[')
		if open < 0 {
			return name
		}
		shut, depth := -1, 0
		for i := open; i < len(name); i++ {
			switch name[i] {
			case '[':
				depth++
			case ']':
				depth--
			}
			if depth == 0 {
				shut = i
				break
			}
		}
		if shut < 0 {
			return name
		}
		name = name[:open] + name[shut+1:]
	}
}

// Among reports whether one of fs matches the function.
func Among(fs []Func, function string) bool { return matchAny(fs, function) >= 0 }

// matchAny returns the index of the first of fs that matches, -1 if none.
func matchAny(fs []Func, function string) int {
	for i := range fs {
		if fs[i].Match.Match(function) {
			return i
		}
	}
	return -1
}
