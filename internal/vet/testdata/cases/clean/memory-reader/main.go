// What is read lies in memory.
package main

import (
	"bytes"
	"fmt"
	"fyne.io/fyne/v2/app"
	"io"
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func parse(r io.Reader) { io.ReadAll(r) }

func run(w fyne.Window) {
	f, _ := os.Open("a")
	go parse(f)
	w.SetContent(widget.NewButton("a", func() {
		parse(strings.NewReader("a"))
		io.Copy(io.Discard, bytes.NewReader(nil))
		fmt.Fprintln(os.Stderr, "parsed")
	}))
}

func main() { run(app.New().NewWindow("w")) }
