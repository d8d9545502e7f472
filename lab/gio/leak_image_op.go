package main

import (
	"image"
	"time"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/paint"
	"gioui.org/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-leak-image-op",
		Illness: "each frame makes an image of the sky at that moment, and a map of times keeps every image operation",
		Leak:    true,
		ID:      []string{"leak/image"},
		Global:  "main.skies",
		Type:    []string{"paint.ImageOp", "image.RGBA", "map[time.Time]paint.ImageOp"},
		Where:   []string{"main.sky"},
	}, leakImageOp)
}

var skies = make(map[time.Time]paint.ImageOp)

func sky(at time.Time) paint.ImageOp {
	if drawn, ok := skies[at]; ok {
		return drawn
	}
	img := image.NewRGBA(image.Rect(0, 0, 48, 48))
	for i := range img.Pix {
		img.Pix[i] = byte(at.UnixMilli() >> (i & 7))
	}
	skies[at] = paint.NewImageOp(img)
	return skies[at]
}

func leakImageOp(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		return widget.Image{Src: sky(gtx.Now), Fit: widget.Contain}.Layout(gtx)
	}
}
