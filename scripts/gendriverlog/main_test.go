package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestThePagesAreAsGenerated(t *testing.T) {
	for name, want := range pages() {
		b, err := os.ReadFile(filepath.Join("../../docs", name))
		if err != nil {
			t.Errorf("%v: run make generate", err)
		} else if string(b) != want {
			t.Errorf("docs/%s is stale: run make generate", name)
		}
	}
}
