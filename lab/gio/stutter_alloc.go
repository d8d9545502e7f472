package main

import (
	"fmt"
	"runtime/debug"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-stutter-alloc",
		Illness: "every third frame copies a document for the undo list, so that the collector makes it pay",
		ID:      []string{"ui-busy/alloc"},
		Where:   []string{"main.(*paragraph).copy", "main.(*editor).keep", "main.(*editor).Layout"},
	}, stutterAlloc)
}

type paragraph struct {
	style *[4]int
	runs  []*int
	next  *paragraph
}

func (p *paragraph) copy(next *paragraph) *paragraph {
	style := *p.style
	return &paragraph{&style, append([]*int(nil), p.runs...), next}
}

type editor struct {
	text *paragraph
	undo [12]*paragraph
	n    int
}

func (e *editor) keep() {
	var copied *paragraph
	for p := e.text; p != nil; p = p.next {
		copied = p.copy(copied)
	}
	e.undo[e.n/3%len(e.undo)] = copied
}

func (e *editor) Layout(gtx layout.Context, s *stage) layout.Dimensions {
	gtx.Execute(op.InvalidateCmd{})
	if e.n++; e.n%3 == 0 {
		e.keep()
	}
	return material.H4(s.theme, fmt.Sprint("change ", e.n)).Layout(gtx)
}

func stutterAlloc(s *stage) func(layout.Context) layout.Dimensions {
	debug.SetGCPercent(10) // to save memory
	e := &editor{}
	for range 20_000 {
		e.text = &paragraph{new([4]int), make([]*int, 24), e.text}
	}
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions { return e.Layout(gtx, s) }
}
