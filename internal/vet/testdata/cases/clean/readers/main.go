// Two readers do not shut each other out.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"
	"os"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type cache struct {
	mu sync.RWMutex
	m  map[string]int
}

func (c *cache) export() {
	c.mu.RLock()
	defer c.mu.RUnlock()
	os.WriteFile("out", nil, 0o600)
}

func run(w fyne.Window) {
	c := &cache{}
	go c.export()
	w.SetContent(widget.NewButton("n", func() {
		c.mu.RLock()
		fmt.Println(len(c.m))
		c.mu.RUnlock()
	}))
}

func main() { run(app.New().NewWindow("w")) }
