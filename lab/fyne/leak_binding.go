package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/data/binding"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-binding",
		Illness: "each price row that is shown listens to the exchange rate, and is still called when it is long off the window",
		Leak:    true,
		ID:      []string{"leak/listener"},
		Global:  "main.rate",
		Chain:   []string{"listeners", "main.priceRow.func1"},
		Where:   []string{"main.priceRow"},
	}, leakBinding)
}

var rate = binding.NewFloat()

func priceRow(dollars float64) fyne.CanvasObject {
	row := widget.NewLabel("")
	rate.AddListener(binding.NewDataListener(func() {
		if euros, err := rate.Get(); err == nil {
			row.SetText(fmt.Sprintf("%.2f EUR", dollars*euros))
		}
	}))
	return row
}

func leakBinding(s *stage) fyne.CanvasObject {
	prices, n := container.NewVBox(), 0.0
	s.Every(200*time.Millisecond, func() {
		n++
		prices.Objects = []fyne.CanvasObject{priceRow(n), priceRow(2 * n), priceRow(3 * n)}
		prices.Refresh()
	})
	return prices
}
