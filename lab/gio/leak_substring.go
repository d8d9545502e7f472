package main

import (
	"fmt"
	"strings"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-leak-substring",
		Illness: "a list of titles: each is a piece of the whole file that was read for it",
		Leak:    true,
		ID:      []string{"leak/subslice"},
		Global:  "main.shelf",
		Chain:   []string{"?titles"},
		Where:   []string{"main.readFile"},
	}, leakSubstring)
}

var shelf struct{ titles []string }

// readFile stands for a file of 16 KiB.
//
//go:noinline
func readFile(n int) string {
	var b strings.Builder
	b.Grow(16 << 10)
	fmt.Fprintln(&b, "Chapter", n)
	for b.Len() < 16<<10-64 {
		b.WriteString("It was a dark and stormy night.\n")
	}
	return b.String()
}

func leakSubstring(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		title, _, _ := strings.Cut(readFile(len(shelf.titles)), "\n")
		shelf.titles = append(shelf.titles, title)
		return material.H4(s.theme, title[:7]).Layout(gtx)
	}
}
