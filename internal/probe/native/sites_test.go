package native

import (
	"debug/elf"
	"testing"
)

func TestSitesOfThisSystem(t *testing.T) {
	f, err := elf.Open("/lib/x86_64-linux-gnu/libc.so.6")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	s, err := FindSites(f, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range s.Sites {
		t.Logf("%#x kind %d cond %d up %#x", s.Offset, s.Kind, s.Cond, s.Up)
	}
	t.Log(s.Stepped, s.Missing)
}
