package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-healthy-warm-up",
		Illness: "none: the rows of a catalogue are loaded when they are looked at, fewer and fewer new ones, until after half a minute all are there",
		Leak:    true,
		Healthy: true,
	}, leakHealthyWarmUp)
}

type product struct {
	name   string
	sheets [4 << 10]byte
}

type catalogue map[int]*product

func (c catalogue) look(n int) *product {
	if c[n] == nil {
		c[n] = &product{name: fmt.Sprint("product ", n)}
	}
	return c[n]
}

// leakHealthyWarmUp looks at one of 150 products twenty times a second by
// chance: later on few of them are new.
func leakHealthyWarmUp(s *stage) fyne.CanvasObject {
	shown, all, chance := widget.NewLabel(""), make(catalogue), rand.New(rand.NewPCG(1, 2))
	s.Every(50*time.Millisecond, func() {
		shown.SetText(all.look(chance.IntN(150)).name)
	})
	return shown
}
