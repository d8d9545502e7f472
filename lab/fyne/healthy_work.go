package main

import (
	"crypto/sha256"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-healthy-work",
		Illness: "none: a worker computes all the time and shows its progress with fyne.Do and fyne.DoAndWait",
		Healthy: true,
		Short:   true,
	}, healthyWork)
}

func mine(progress func(n int, sum [32]byte)) {
	var sum [32]byte
	next := time.Now()
	for n := 0; ; n++ {
		sum = sha256.Sum256(sum[:])
		if time.Now().After(next) {
			progress(n, sum)
			next = time.Now().Add(50 * time.Millisecond)
		}
	}
}

func healthyWork(s *stage) fyne.CanvasObject {
	bar, shown := widget.NewProgressBar(), widget.NewLabel("")
	s.Later(func() {
		go mine(func(n int, sum [32]byte) {
			fyne.Do(func() { bar.SetValue(float64(n%1e8) / 1e8) })
			fyne.DoAndWait(func() { shown.SetText(fmt.Sprintf("%x", sum[:8])) })
		})
		harness.Armed()
	})
	return container.NewVBox(bar, shown)
}
