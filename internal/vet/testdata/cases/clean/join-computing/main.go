// The function computes on several processors.
package main

import (
	"fyne.io/fyne/v2/app"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("sum", func() {
		var wg sync.WaitGroup
		sums := make([]int, 4)
		for i := range sums {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for j := range 1000 {
					sums[i] += j
				}
			}()
		}
		wg.Wait()
	}))
}

func main() { run(app.New().NewWindow("w")) }
