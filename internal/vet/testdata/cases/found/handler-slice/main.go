// The handlers lie in a slice that is appended to.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
)

var hooks []func()

func register(f func()) { hooks = append(hooks, f) }

func run(w fyne.Window) {
	register(func() {
		os.Create("log") // want "risky-call.*os.Create"
	})
	for _, h := range hooks {
		w.SetOnClosed(h)
	}
}

func main() { run(app.New().NewWindow("w")) }
