package classify

import (
	"path/filepath"
	"strings"
	"testing"
)

const registering = `
-- go.mod --
module example.com/app

go 1.26

require github.com/gomedic/gomedic v0.0.0

replace github.com/gomedic/gomedic => ./gomedic
-- gomedic/go.mod --
module github.com/gomedic/gomedic

go 1.26
-- gomedic/reload/reload.go --
package reload

type Scope struct{}

func Register[C any](name string, build func(*Scope) (C, error)) {}

func RegisterType[T any]() {}
-- main.go --
package main

import _ "example.com/app/comp"

func main() {}
-- comp/comp.go --
package comp

import hot "github.com/gomedic/gomedic/reload"

func init() {
	hot.Register("n", func(*hot.Scope) (int, error) { return 1, nil })
	hot.RegisterType[int]()
}

var seen int
`

// A function init that only registers components may run again: a change in what it
// registers is one like any other.
func TestRegistrations(t *testing.T) {
	p, dir := program(t, registering, "example.com/app/comp")
	file := filepath.Join(dir, "comp", "comp.go")
	old := read(t, file)
	for _, c := range []struct {
		old, new string
		action   Action
		kind     Kind
	}{
		{"return 1, nil", "return 2, nil", Swap, Body},
		{`hot.Register("n"`, `hot.Register[int]("n"`, Swap, Body},
		{"\thot.RegisterType[int]()\n", "", Swap, Body},
		{"\thot.RegisterType[int]()\n", "\tseen++\n", Restart, Init},
		{"func init() {", "func init() {\n\tif seen > 0 {\n\t\treturn\n\t}", Restart, Init},
		{"var seen int", "func init() { hot.Register(\"more\", func(*hot.Scope) (int, error) { return 1, nil }) }\n\nvar seen int", Swap, Body},
		{"var seen int", "func init() { seen++ }\n\nvar seen int", Restart, Init},
	} {
		r := classify(t, p, map[string][]byte{file: []byte(strings.Replace(old, c.old, c.new, 1))})
		if len(r.Faults) > 0 || r.Action != c.action || len(r.Changes) != 1 || r.Changes[0].Kind != c.kind {
			t.Errorf("%q for %q: %s, %+v, %+v", c.new, c.old, r.Action, r.Changes, r.Faults)
		}
	}
}
