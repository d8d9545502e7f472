package main

import (
	"fmt"

	"gioui.org/font/gofont"
	"gioui.org/layout"
	"gioui.org/text"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-shaping",
		Illness: "a frame lays out all rows of a ledger instead of a List, and each row makes a theme with its own shaper",
		ID:      []string{"ui-busy/layout"},
		Where:   []string{"main.ledgerRow", "main.ledgerTheme", "main.showLedger"},
		Short:   true,
	}, shaping)
}

func ledgerTheme() *material.Theme {
	theme := material.NewTheme()
	theme.Shaper = text.NewShaper(text.NoSystemFonts(), text.WithCollection(gofont.Collection()))
	return theme
}

func ledgerRow(gtx layout.Context, i int) layout.Dimensions {
	row := fmt.Sprintf("%d: paid to the grocer, the baker and the candlestick maker, with thanks", i)
	return material.Body1(ledgerTheme(), row).Layout(gtx)
}

func showLedger(gtx layout.Context, rows int) (all layout.Dimensions) {
	for i := range rows {
		all.Size.Y += ledgerRow(gtx, i).Size.Y
	}
	return all
}

func shaping(s *stage) func(layout.Context) layout.Dimensions {
	rows := 3
	more := make(chan int, 1)
	s.Later(func() { more <- 1_000_000; s.window.Invalidate() })
	return func(gtx layout.Context) layout.Dimensions {
		select {
		case rows = <-more:
			harness.Armed()
		default:
		}
		return showLedger(gtx, rows)
	}
}
