// The start of the program has been at the Once.
package main

import (
	"fmt"
	"os"
	"sync"

	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

var (
	once sync.Once
	conf []byte
)

func config() []byte {
	once.Do(func() { conf, _ = os.ReadFile("conf") })
	return conf
}

func main() {
	config()
	w := app.New().NewWindow("w")
	w.SetContent(widget.NewButton("show", func() { fmt.Println(len(config())) }))
	w.ShowAndRun()
}
