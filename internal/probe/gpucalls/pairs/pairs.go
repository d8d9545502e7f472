// Package pairs is the table of functions that make something in a C library, a file, a
// pixmap, a font's face, and of those that destroy it: pairs.txt, which users extend. It
// reads the table, and knows no program. Start at [Table].
package pairs

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// How says where a function has the handle.
type How uint8

// The ways.
const (
	Value  How = iota // a maker returns it; it is an argument of a destroyer
	Stored            // an argument points to it; a maker returns 0 where it has stored one
	List              // an argument points to names of 32 bits, the first argument says how many
)

// Function makes or destroys what a handle stands for.
type Function struct {
	Name string
	How  How
	Arg  uint8 // the argument, the first is 0; of no meaning where the handle is returned
}

// Pair is functions that make handles of one kind, and those that destroy them.
type Pair struct{ Makers, Destroyers []Function }

// Kind names the handles of a pair alone: by the first function that makes them.
func (p *Pair) Kind() string { return p.Makers[0].Name }

// Errors of a line.
var (
	ErrArrow    = errors.New("there is no ->")
	ErrFunction = errors.New("this is no function")
	ErrMaker    = errors.New("what makes a handle returns it, or has &N or N[]")
	ErrDestroys = errors.New("what destroys a handle has none, N, *N or N[]")
	ErrArgument = errors.New("arguments are counted from 1, and the sixth is the last")
	ErrMixed    = errors.New("lists and single handles are told apart")
)

// LineError is a line of a table that cannot be read.
type LineError struct {
	Line int
	Text string // what in it
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v: %s", e.Line, e.Err, e.Text) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

//go:embed pairs.txt
var table string

// Builtin is the table that gomedic brings.
func Builtin() []Pair {
	p, err := Table(strings.NewReader(table))
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// most is how long a line may be, in bytes.
const most = 64 << 10

// Table reads a table, whose form pairs.txt explains. An error is a [LineError], or one
// of reading.
func Table(r io.Reader) ([]Pair, error) {
	var out []Pair
	s := bufio.NewScanner(r)
	s.Buffer(nil, most)
	n := 1
	for ; s.Scan(); n++ {
		line, _, _ := strings.Cut(s.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p, what, err := parse(line)
		if err != nil {
			return nil, &LineError{n, what, err}
		}
		out = append(out, p)
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return nil, &LineError{n, "…", s.Err()}
	}
	return out, s.Err()
}

func parse(line string) (p Pair, what string, err error) {
	makers, destroyers, ok := strings.Cut(line, "->")
	if !ok {
		return p, line, ErrArrow
	}
	lists := 0
	for _, side := range []struct {
		text string
		to   *[]Function
		make bool
	}{{makers, &p.Makers, true}, {destroyers, &p.Destroyers, false}} {
		for _, word := range strings.Split(side.text, ",") {
			f, err := function(strings.TrimSpace(word), side.make)
			if err != nil {
				return p, strings.TrimSpace(word), err
			}
			if f.How == List {
				lists++
			}
			*side.to = append(*side.to, f)
		}
	}
	if lists != 0 && lists != len(p.Makers)+len(p.Destroyers) {
		return p, line, ErrMixed
	}
	return p, "", nil
}

var form = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_@.]*)(?:\(\s*([&*]?)\s*(\d{1,9})\s*(\[\])?\s*\))?$`)

func function(word string, makes bool) (Function, error) {
	m := form.FindStringSubmatch(word)
	if m == nil {
		return Function{}, ErrFunction
	}
	f := Function{Name: m[1]}
	if m[3] == "" {
		return f, nil
	}
	n, err := strconv.Atoi(m[3])
	if err != nil || n < 1 || n > 6 {
		return f, ErrArgument
	}
	f.Arg = uint8(n - 1)
	switch {
	case m[4] != "" && m[2] == "" && n > 1:
		f.How = List
	case m[4] != "":
		return f, ErrArgument
	case makes && m[2] != "&", !makes && m[2] == "&":
		if makes {
			return f, ErrMaker
		}
		return f, ErrDestroys
	case m[2] != "":
		f.How = Stored
	}
	return f, nil
}

// Join puts tables together, the last one first. Of what makes handles by two of them the
// later one counts.
func Join(tables ...[]Pair) []Pair {
	var out []Pair
	taken := map[string]bool{}
	for i := len(tables) - 1; i >= 0; i-- {
		makes := map[string]bool{}
		for _, p := range tables[i] {
			var makers []Function
			for _, f := range p.Makers {
				if !taken[f.Name] {
					makers = append(makers, f)
					makes[f.Name] = true
				}
			}
			if p.Makers = makers; len(makers) > 0 {
				out = append(out, p)
			}
		}
		for name := range makes {
			taken[name] = true
		}
	}
	return out
}

// Kinds names the kind of handles of each pair of a table. Pairs with a function in common
// make one kind: what one of them has made, the other may destroy.
func Kinds(table []Pair) []string {
	kind := make([]string, len(table))
	of := map[string]string{} // by function
	for i := range table {
		kind[i] = table[i].Kind()
		for _, f := range slices.Concat(table[i].Makers, table[i].Destroyers) {
			was, ok := of[f.Name]
			if of[f.Name] = kind[i]; !ok || was == kind[i] {
				continue
			}
			for k := range kind[:i] {
				if kind[k] == was {
					kind[k] = kind[i]
				}
			}
			for name, k := range of {
				if k == was {
					of[name] = kind[i]
				}
			}
		}
	}
	return kind
}
