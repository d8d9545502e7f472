package build

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// No linker's table of functions that are elsewhere touches R11.
func TestTheTableOfFunctionsKeepsR11(t *testing.T) {
	cc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip(err)
	}
	for _, linker := range []string{"mold", "lld", "bfd"} {
		t.Run(linker, func(t *testing.T) {
			dir := t.TempDir()
			source, out := filepath.Join(dir, "a.c"), filepath.Join(dir, "a.so")
			if err := os.WriteFile(source, []byte("int f(int); int g(int); int h(int x) { return f(x) + g(x); }\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if b, err := exec.Command(cc, "-shared", "-fPIC", "-fuse-ld="+linker, "-o", out, source).CombinedOutput(); err != nil {
				t.Skipf("no %s: %s", linker, b)
			}
			if err := keepR11(out); err != nil {
				t.Fatal(err)
			}
			e, err := elf.Open(out)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if e.Machine != elf.EM_X86_64 {
				t.Skip("not amd64")
			}
			table, err := e.Section(".plt").Data()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(table, pltHead) {
				t.Errorf("% x", table)
			}
		})
	}
}
