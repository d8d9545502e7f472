//go:build js

// A window of Fyne that sorts all of a table in its own thread, for each row that comes.
package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

var rows []string

// arrange sorts by insertion, from the beginning.
//
//go:noinline
func arrange(rows []string) {
	for i := range rows {
		for j := i; j > 0 && rows[j] < rows[j-1]; j-- {
			rows[j], rows[j-1] = rows[j-1], rows[j]
		}
	}
}

func main() {
	a := app.NewWithID("org.example.table")
	w := a.NewWindow("table")
	first := widget.NewLabel("")
	w.SetContent(first)
	go func() {
		for range time.Tick(time.Second) {
			fyne.Do(func() {
				rows = rows[:0]
				for range 9000 {
					rows = append(rows, fmt.Sprint(rand.Int64()))
				}
				arrange(rows)
				first.SetText(rows[0])
			})
		}
	}()
	w.ShowAndRun()
}
