package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"gioui.org/layout"
	"gioui.org/op/paint"
	"gioui.org/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-image",
		Illness: "a frame decodes every full-size photo of an album to draw its thumbnails",
		ID:      []string{"ui-busy/layout", "ui-busy/cpu"},
		Where:   []string{"main.(*album).Layout"},
	}, images)
}

type album struct {
	photos [][]byte
	shown  []widget.Image
}

func (a *album) Layout(gtx layout.Context) layout.Dimensions {
	for _, photo := range a.photos {
		if img, err := png.Decode(bytes.NewReader(photo)); err == nil {
			a.shown = append(a.shown[:0], widget.Image{Src: paint.NewImageOp(img), Fit: widget.Contain})
		}
	}
	return a.shown[0].Layout(gtx)
}

func photo(width, height int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i >> 5)
	}
	img.Set(0, 0, color.White)
	var out bytes.Buffer
	png.Encode(&out, img)
	return out.Bytes()
}

func images(s *stage) func(layout.Context) layout.Dimensions {
	one, due := photo(2000, 1500), false
	a := &album{photos: [][]byte{one}}
	s.Later(func() { due = true; s.window.Invalidate() })
	return func(gtx layout.Context) layout.Dimensions {
		if due && len(a.photos) == 1 {
			for range 5000 {
				a.photos = append(a.photos, one)
			}
			harness.Armed()
		}
		return a.Layout(gtx)
	}
}
