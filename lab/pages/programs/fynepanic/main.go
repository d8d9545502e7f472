//go:build js

// A window of Fyne that panics in its tenth change: a name that nobody has.
package main

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

type person struct{ name string }

func label(people map[int]*person, n int) string {
	return people[n].name // HERE
}

func main() {
	a := app.NewWithID("org.example.people")
	w := a.NewWindow("people")
	name := widget.NewLabel("")
	w.SetContent(name)
	people := map[int]*person{}
	for n := range 10 {
		people[n] = &person{"somebody"}
	}
	go func() {
		n := 0
		for range time.Tick(50 * time.Millisecond) {
			fyne.Do(func() {
				name.SetText(label(people, n))
				n++
			})
		}
	}()
	w.ShowAndRun()
}
