package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestThePagesAreAsGenerated(t *testing.T) {
	const docs = "../../docs"
	want := pages()
	for name, page := range want {
		b, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Errorf("%v: run make generate", err)
		} else if string(b) != page {
			t.Errorf("docs/%s is stale: run make generate", name)
		}
	}
	for _, w := range languages {
		found, err := filepath.Glob(filepath.Join(docs, w.folder, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if _, ok := want[filepath.ToSlash(filepath.Join(w.folder, filepath.Base(path)))]; !ok {
				t.Errorf("%s is the page of no command", path)
			}
		}
	}
}
