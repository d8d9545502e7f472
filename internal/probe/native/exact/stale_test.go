package exact_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The code is what was made of the source.
func TestCodeIsFresh(t *testing.T) {
	stamp, err := os.ReadFile("hooks.stamp")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(stamp)), "\n")
	if len(lines) != 6 {
		t.Fatalf("hooks.stamp has %d lines", len(lines))
	}
	for _, line := range lines {
		want, name, _ := strings.Cut(line, "  ")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
			t.Errorf("%s is not what the others were made of, or from: run go generate ./internal/probe/native/exact", name)
		}
	}
}
