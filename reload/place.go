package reload

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// where is a place within a state: nil is the whole. Most are never written out.
type where struct {
	up    *where
	name  string // of a field
	key   *node  // of a map
	index int    // of a list, where there is neither
}

// shownParts bounds how much of a long chain of pointers is written out.
const shownParts = 32

func (w *where) field(name string) *where { return &where{up: w, name: name} }
func (w *where) at(index int) *where      { return &where{up: w, index: index} }
func (w *where) of(key *node) *where      { return &where{up: w, key: key} }

// fixed reports whether it is fields alone that lead there: elements may be others the
// next time.
func (w *where) fixed() bool {
	for n := 0; w != nil; w = w.up {
		if n++; w.name == "" || n > shownParts {
			return false
		}
	}
	return true
}

// String is "Rows[3].Total".
func (w *where) String() string {
	var parts []string
	for ; w != nil; w = w.up {
		if len(parts) == shownParts {
			parts = append(parts, "…")
			break
		}
		switch {
		case w.name != "":
			parts = append(parts, "."+w.name)
		case w.key != nil:
			parts = append(parts, "["+w.key.label()+"]")
		default:
			parts = append(parts, "["+strconv.Itoa(w.index)+"]")
		}
	}
	slices.Reverse(parts)
	return strings.TrimPrefix(strings.Join(parts, ""), ".")
}

// label is a map's key in a path.
func (n *node) label() string {
	if s, ok := n.text(); ok {
		return strconv.Quote(s)
	}
	if n.value.IsValid() {
		return fmt.Sprint(n.value.Interface())
	}
	return n.Text
}
