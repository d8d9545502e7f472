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
		Name:    "gio-stutter-channel",
		Illness: "every frame waits for the next picture of a camera that takes 25 a second",
		ID:      []string{"ui-blocked/channel"},
		Where:   []string{"main.(*camera).picture"},
		Blocker: []string{"main.(*camera).run"},
	}, stutterChannel)
}

type camera struct{ pictures chan image.Image }

func (c *camera) run() {
	for i := range 1 << 30 {
		time.Sleep(40 * time.Millisecond) // the light falls in
		picture := image.NewGray(image.Rect(0, 0, 64, 48))
		picture.Pix[i%len(picture.Pix)] = 255
		c.pictures <- picture
	}
}

func (c *camera) picture() image.Image { return <-c.pictures }

func stutterChannel(s *stage) func(layout.Context) layout.Dimensions {
	c := &camera{make(chan image.Image)}
	go c.run()
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{})
		return widget.Image{Src: paint.NewImageOp(c.picture())}.Layout(gtx)
	}
}
