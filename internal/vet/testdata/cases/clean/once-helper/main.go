// Once.Do on the UI does not run what others give to another Once.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"
	"net/http"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

var one, two sync.Once

func run(w fyne.Window) {
	go one.Do(func() { http.Get("http://example.com") })
	w.SetContent(widget.NewButton("init", func() {
		two.Do(func() { fmt.Println("ready") })
	}))
}

func main() { run(app.New().NewWindow("w")) }
