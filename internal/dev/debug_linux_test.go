package dev

import (
	"debug/dwarf"
	"debug/elf"
	"path/filepath"
	"strings"
	"testing"
)

// A generation for a debugger says which lines its code is of, under the names of the
// files that are edited, and its variables are where a debugger looks for them.
func TestADebuggerFindsTheLines(t *testing.T) {
	a := run(t, shop, func(o *Options) { o.Debug = true })
	a.want("start", OK)
	a.ready()
	a.edit("counter/counter.go", "one ", "two ")
	c := a.want("swap", OK)
	plugins, err := filepath.Glob(filepath.Join(c.Package, "*.so"))
	if err != nil || len(plugins) != 1 {
		t.Fatalf("in %s there are %v, %v", c.Package, plugins, err)
	}
	f, err := elf.Open(plugins[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(a.dir, "counter", "counter.go")
	lines := map[int]bool{}
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if e.Tag != dwarf.TagCompileUnit || !strings.Contains(name, "example.com/shop/counter") {
			continue
		}
		lr, err := d.LineReader(e)
		if err != nil || lr == nil {
			t.Fatal(name, err)
		}
		for entry := (dwarf.LineEntry{}); lr.Next(&entry) == nil; {
			if entry.File.Name == want {
				lines[entry.Line] = true
			}
		}
	}
	for _, line := range []int{16, 19} { // in Text and in Draw
		if !lines[line] {
			t.Errorf("line %d of %s is not in the plugin: it has %v", line, want, lines)
		}
	}
}
