// The loop itself waits for a program.
package main

import (
	"os/exec"

	gapp "gioui.org/app"
)

func loop(w *gapp.Window) error {
	for {
		switch e := w.Event().(type) {
		case gapp.DestroyEvent:
			return e.Err
		case gapp.FrameEvent:
			exec.Command("date").Output() // want "risky-call.*Output"
		}
	}
}

func main() {
	go loop(new(gapp.Window))
	gapp.Main()
}
