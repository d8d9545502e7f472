package dev

import (
	"os"
	"path/filepath"
	"testing"
)

// What a killed gomedic dev left behind goes; what another one uses stays.
func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	own, err := tempDir()
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(os.TempDir(), tempPrefix+"1-1")         // init's: it lives
	dead := filepath.Join(os.TempDir(), tempPrefix+"2147483647-1") // no such process
	strange := filepath.Join(os.TempDir(), tempPrefix+"x-1")
	for _, dir := range []string{other, dead, strange} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	for dir, stays := range map[string]bool{own: true, other: true, dead: false, strange: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s is there: %v", dir, err == nil)
		}
	}
}
