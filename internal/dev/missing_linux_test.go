package dev

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/text"
)

func TestLacksCompiler(t *testing.T) {
	here, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		env   []string
		cc    string
		lacks bool
	}{
		{[]string{"CC=/none/cc -m32"}, "/none/cc", true},
		{[]string{"CC=/none/cc", "CC=" + here}, here, false},
		{[]string{"CC=/none/cc", "CGO_ENABLED=0"}, "", false},
		{[]string{"CC=/none/cc", "CGO_ENABLED=1"}, "", false}, // the build itself says so
	} {
		if cc, lacks := lacksCompiler(tt.env); cc != tt.cc || lacks != tt.lacks {
			t.Errorf("%v: %q, %v", tt.env, cc, lacks)
		}
	}
	said := withHint(errors.New(`# runtime/cgo` + "\n" + `cgo: C compiler "/none/cc" not found: exec: no`)).In(text.English)
	if !strings.HasPrefix(said, "there is no C compiler: /none/cc; install gcc") {
		t.Errorf("%q", said)
	}
}

// A program without a C compiler is told so, and restarts.
func TestWithoutCompiler(t *testing.T) {
	path := os.Getenv("PATH")
	bin := t.TempDir() // with go alone
	for dir := range strings.SplitSeq(path, ":") {
		if _, err := os.Stat(filepath.Join(dir, "go")); err == nil {
			if err := os.Symlink(filepath.Join(dir, "go"), filepath.Join(bin, "go")); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv("CGO_ENABLED", "")
	a := run(t, shop, func(o *Options) { o.Env = []string{"GOWORK=off", "GOFLAGS=-mod=mod", "PATH=" + bin} })
	a.want("start", OK)
	a.heard("dev.both")
	a.ready()
	a.edit("counter/counter.go", "one ", "two ")
	if c := a.want("restart", OK); !strings.Contains(string(c.json()), "there is no C compiler: gcc") {
		t.Errorf("%s", c.json())
	}
}

// A component that is registered twice is told once, with both places, and the old
// goes on.
func TestRegisteredTwice(t *testing.T) {
	a := run(t, shop, func(o *Options) { o.Cache = t.TempDir() })
	a.want("start", OK)
	a.ready()
	a.write("counter/again.go", "package counter\n\nimport \"github.com/gomedic/gomedic/reload\"\n\nfunc init() { reload.Register(\"counter\", build) }\n")
	c := a.want("swap", Failed)
	loads := strings.Count(string(c.json()), `"name":"load"`)
	if f := c.Failure(); f == nil || f.Why == nil || !strings.Contains(f.Why.In(text.English), "registered twice") || !strings.Contains(f.Why.In(text.English), "again.go:5") || loads > 2 {
		t.Errorf("%s", c.json())
	}
	a.says(a.now(), "frame ")
}
