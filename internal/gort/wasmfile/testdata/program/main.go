// Command program is a small program for a page, with files embedded.
package main

import (
	"embed"
	"syscall/js"
)

//go:embed assets
var assets embed.FS

func main() {
	b, err := assets.ReadFile("assets/a.txt")
	if err != nil {
		panic(err)
	}
	js.Global().Set("said", string(b))
	select {}
}
