// Command gendocs writes the page of each command, in docs/commands and in
// Chinese in docs/zh/commands, from the help that the commands themselves print.
// Its test says when a page is stale. Run it with make generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run . ../../docs

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendocs DOCS-FOLDER")
		os.Exit(2)
	}
	for name, page := range pages() {
		path := filepath.Join(os.Args[1], name)
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gendocs:", err)
			os.Exit(1)
		}
	}
}
