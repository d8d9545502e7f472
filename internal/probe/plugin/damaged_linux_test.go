package plugin

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Files are untrusted: whatever is in them, the probe comes to an end with an answer or
// with a FileError. DAMAGED sets how many are tried.
func TestDamagedFiles(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host, so := d.host("host.bin"), d.plugin("plug.so")
	tries := 60
	if n, err := strconv.Atoi(os.Getenv("DAMAGED")); err == nil {
		tries = n
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		of      string
		options func(damaged string) Options
	}{
		{so, func(damaged string) Options { return Options{Host: host, Plugin: damaged} }},
		{host, func(damaged string) Options { return Options{Host: damaged, Plugin: so} }},
	} {
		places := fragile(t, c.of)
		whole, err := os.ReadFile(c.of)
		if err != nil {
			t.Fatal(err)
		}
		path := d.path("damaged")
		for i := range tries {
			b := append([]byte(nil), whole...)
			p := places[random.IntN(len(places))]
			for range 1 + random.IntN(8) {
				b[p[0]+random.Uint64N(p[1])] = []byte{0, 1, 0x7f, 0x80, 0xff, byte(random.Uint32())}[random.IntN(6)]
			}
			if err := os.WriteFile(path, b, 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := Run(t.Context(), c.options(path))
			var e *FileError
			if err != nil && !errors.As(err, &e) {
				t.Errorf("try %d of %s: %v", i, c.of, err)
			}
		}
	}
}

// fragile are the parts of a file that say where things are: offset and size.
func fragile(t *testing.T, path string) [][2]uint64 {
	t.Helper()
	f := open(t, path)
	sections := make([]byte, 8)
	if _, err := f.os.ReadAt(sections, 40); err != nil { // e_shoff
		t.Fatal(err)
	}
	places := [][2]uint64{{0, 64}, {64, 56 * uint64(len(f.Progs))}, {f.ByteOrder.Uint64(sections), 64 * uint64(len(f.Sections))}}
	for _, s := range f.Sections {
		switch s.Name {
		case ".dynsym", ".dynstr", ".dynamic", ".gnu.version", ".gnu.version_r", ".go.module", ".go.buildinfo", ".gopclntab", ".symtab", ".strtab", ".shstrtab", ".rela.dyn", ".data.rel.ro", ".text":
			places = append(places, [2]uint64{s.Offset, s.FileSize})
		}
	}
	return places
}
