package objfile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const program = `package main

import "embed"

//go:embed data
var files embed.FS

//go:embed data/a.txt
var text string

func main() {
	b, err := files.ReadFile("data/a.txt")
	println(len(b), err == nil, len(text))
}
`

// build builds the program with flags and environment, and returns its path.
func build(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, s := range map[string]string{"go.mod": "module example.com/p\n\ngo 1.26\n", "main.go": program, "data/a.txt": "small", "data/sub/big.bin": strings.Repeat("large ", 20_000)} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("go", "build", "-o", "p")
	c.Dir, c.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			c.Args = append(c.Args, a)
		} else {
			c.Env = append(c.Env, a)
		}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "p")
}

func TestEmbedFSOfEveryFormat(t *testing.T) {
	for _, tt := range []struct {
		format string
		args   []string
	}{
		{"ELF", []string{"GOOS=linux"}},
		{"ELF", []string{"GOOS=linux", "-ldflags=-s -w"}},
		{"ELF", []string{"GOOS=linux", "-buildmode=pie", "-ldflags=-s -w"}},
		{"ELF", []string{"GOOS=linux", "GOARCH=arm64"}},
		{"ELF", []string{"GOOS=linux", "GOARCH=386"}},
		{"PE", []string{"GOOS=windows", "-ldflags=-s -w"}},
		{"Mach-O", []string{"GOOS=darwin", "GOARCH=arm64"}},
		{"WebAssembly", []string{"GOOS=js", "GOARCH=wasm", "-ldflags=-s -w"}},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			m, err := Open(build(t, tt.args...))
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if m.Format != tt.format {
				t.Errorf("format %s", m.Format)
			}
			if m.Info == nil || m.Info.Main.Path != "example.com/p" {
				t.Errorf("build info %v", m.Info)
			}
			systems := m.EmbedFS()
			if len(systems) != 1 || len(systems[0].Files) != 2 || systems[0].Var == 0 {
				t.Fatalf("%+v", systems)
			}
			for i, want := range []struct {
				name string
				size int
			}{{"data/a.txt", 5}, {"data/sub/big.bin", 120_000}} {
				f := systems[0].Files[i]
				if f.Name != want.name || len(f.Data) != want.size || f.Changed {
					t.Errorf("%s, %d bytes, changed: %v", f.Name, len(f.Data), f.Changed)
				}
			}
			if !m.Stripped && systems[0].Name != "main.files" {
				t.Errorf("its variable is %q", systems[0].Name)
			}
		})
	}
}

// Bytes that were changed after the program was built are seen by their hash.
func TestChangedAfterBuild(t *testing.T) {
	b, err := os.ReadFile(build(t, "-ldflags=-s -w"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(bytes.Replace(b, []byte("large large large large"), []byte("large LARGE large large"), 1))
	if err != nil {
		t.Fatal(err)
	}
	s := m.EmbedFS()
	if len(s) != 1 || s[0].Files[0].Changed || !s[0].Files[1].Changed {
		t.Errorf("%+v", s)
	}
}

func TestNoProgram(t *testing.T) {
	b, err := os.ReadFile(build(t, "-ldflags=-s -w"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		data []byte
		want error
	}{
		{nil, ErrFormat}, {[]byte("#!/bin/sh\nexit\n"), ErrFormat}, {b[:len(b)/2], ErrTruncated}, {b[:70], ErrTruncated},
		{[]byte("\x00asm\x01\x00\x00\x00"), ErrNotGo}, {[]byte("MZ" + strings.Repeat("x", 100)), ErrTruncated},
	} {
		if _, err := Read(tt.data); !errors.Is(err, tt.want) {
			t.Errorf("%.20q: %v, want %v", tt.data, err, tt.want)
		}
	}
}

// Whatever a file says, reading it ends and takes no more memory than it has.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"\x7fELF\x02\x01\x01", "MZ", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\x00asm\x01\x00\x00\x00\x0b\x06\x01\x00\x41\x00\x0b\x00"} {
		f.Add(append([]byte(s), make([]byte, 200)...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		m, err := Read(data)
		if err != nil {
			return
		}
		m.EmbedFS()
		m.Resources()
	})
}
