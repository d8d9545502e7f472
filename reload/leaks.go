package reload

import (
	"bytes"
	"reflect"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
)

// blocked returns the goroutines that wait for what nothing can give them any more, by
// the profile "goroutineleak" of runtime/pprof, nil where it is not built in: Go 1.26
// has it with GOEXPERIMENT=goroutineleakprofile. It costs a garbage collection.
func blocked() []goroutineGroup {
	p := pprof.Lookup("goroutineleak")
	if p == nil {
		return nil
	}
	var b bytes.Buffer
	if err := p.WriteTo(&b, 1); err != nil {
		return nil
	}
	return parseGoroutines(b.String())
}

// withBlocked marks those of left that wait for ever, and adds goroutines of a
// component's package that do and have no label, as nobody started them by a scope.
// pkg is the package's path in its generation; empty: none are added.
func (s *Scope) withBlocked(left []Leftover, pkg string) []Leftover {
	for _, g := range blocked() {
		l := g.leftover()
		l.Blocked = true
		switch {
		case g.labels[labelScope] != "":
			i := slices.IndexFunc(left, func(o Leftover) bool { return o.Start == l.Start && o.Stack == l.Stack })
			if i >= 0 {
				left[i].Blocked = true
			}
		case pkg != "" && slices.ContainsFunc(g.frames, func(f string) bool { return strings.HasPrefix(f, pkg+".") }):
			l.Component, l.Generation = s.component, s.generation
			left = append(left, l)
		}
	}
	return left
}

// packageOf is the path of the package in which a function is declared: "a/b.c" of
// "a/b.c.init.0.func1".
func packageOf(f any) string {
	fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
	if fn == nil {
		return ""
	}
	name := fn.Name()
	slash := strings.LastIndexByte(name, '/')
	dot := strings.IndexByte(name[slash+1:], '.')
	if dot < 0 {
		return ""
	}
	return name[:slash+1+dot]
}
