// Command gendriverlog writes the page of the messages that gomedic knows in the logs of
// graphics drivers, docs/driver-log.md and in Chinese docs/zh/driver-log.md, from the
// table in internal/driverlog. Its test says when a page is stale. Run it with make
// generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run . ../../docs

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendriverlog DOCS-FOLDER")
		os.Exit(2)
	}
	for name, page := range pages() {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), []byte(page), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gendriverlog:", err)
			os.Exit(1)
		}
	}
}
