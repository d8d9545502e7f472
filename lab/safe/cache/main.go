// Command labsafe-cache is a Fyne program that keeps its last view in the user's cache
// folder, and does not survive a damaged file there.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

type view struct {
	Rows []string
	Last int
}

func load() view {
	dir, err := os.UserCacheDir()
	if err != nil {
		return view{Rows: []string{"no cache"}}
	}
	b, err := os.ReadFile(filepath.Join(dir, "orders", "view.json"))
	if err != nil {
		return view{Rows: []string{"first start"}}
	}
	var v view
	if err := json.Unmarshal(b, &v); err != nil {
		panic(err)
	}
	return v
}

func main() {
	v := load()
	time.AfterFunc(time.Minute, func() { os.Exit(0) })
	a := app.NewWithID("org.example.orders")
	w := a.NewWindow("Orders")
	w.SetContent(container.NewVBox(widget.NewLabel(v.Rows[v.Last]), widget.NewButton("Reload", func() {})))
	w.ShowAndRun()
}
