//go:build linux && amd64

package bpf

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The object is the one that was made of the source.
func TestObjectIsFresh(t *testing.T) {
	stamp, err := os.ReadFile("native.stamp")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(stamp)), "\n")
	if len(lines) != 4 {
		t.Fatalf("native.stamp has %d lines, want 4", len(lines))
	}
	for _, line := range lines[:3] {
		want, name, _ := strings.Cut(line, "  ")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
			t.Errorf("%s is not what the others were made of, or from: run go generate ./internal/probe/native/bpf", name)
		}
	}
}
