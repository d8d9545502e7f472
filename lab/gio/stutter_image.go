package main

import (
	"bytes"
	"image/png"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/paint"
	"gioui.org/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-stutter-image",
		Illness: "a slide show decodes its next photo in every eighth frame, on the window's goroutine",
		ID:      []string{"ui-busy/layout", "ui-busy/cpu"},
		Where:   []string{"main.(*slides).next"},
	}, stutterImage)
}

type slides struct {
	photo []byte
	shown widget.Image
	n     int
}

func (s *slides) next() {
	if img, err := png.Decode(bytes.NewReader(s.photo)); err == nil {
		s.shown = widget.Image{Src: paint.NewImageOp(img), Fit: widget.Contain}
	}
}

func (s *slides) Layout(gtx layout.Context) layout.Dimensions {
	gtx.Execute(op.InvalidateCmd{})
	if s.n%8 == 0 {
		s.next()
	}
	s.n++
	return s.shown.Layout(gtx)
}

func stutterImage(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	return (&slides{photo: photo(1500, 1000)}).Layout
}
