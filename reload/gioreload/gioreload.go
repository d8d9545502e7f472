// Package gioreload shows the components of package reload in Gio windows.
//
// A component is a layout.Widget, or has the method Layout of one:
//
//	reload.Register("orders", func(s *reload.Scope) (layout.Widget, error) { … })
//
// The loop of the window begins each frame with UI.Frame, and lays components out by
// Component.Layout. A panic in there brings the code before back, in the same frame.
package gioreload

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"reflect"
	"sync"
	"time"

	"gioui.org/app"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/unit"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/reload"
)

// UI runs functions on the goroutine of a window, between two frames.
type UI struct {
	window *app.Window
	mu     sync.Mutex
	queue  []func()
}

// NewUI returns the UI of a window.
func NewUI(w *app.Window) *UI { return &UI{window: w} }

// again is after what time a window that does not come is asked again: Gio drops an
// Invalidate while it makes the frame that the one before has asked for.
const again = 10 * time.Millisecond

// Do implements reload.UI. A window that draws nothing, because it is hidden, runs
// nothing.
func (u *UI) Do(f func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.queue = append(u.queue, f)
	if len(u.queue) == 1 {
		go u.wake()
	}
}

func (u *UI) wake() {
	for {
		u.mu.Lock()
		empty := len(u.queue) == 0
		u.mu.Unlock()
		if empty {
			return
		}
		u.window.Invalidate()
		time.Sleep(again)
	}
}

// Frame runs what is to be run. Call it for each app.FrameEvent, before anything is
// laid out.
func (u *UI) Frame() {
	u.mu.Lock()
	queue := u.queue
	u.queue = nil
	u.mu.Unlock()
	for _, f := range queue {
		f()
	}
}

// Widget is a component that is no function.
type Widget interface {
	Layout(gtx layout.Context) layout.Dimensions
}

// Component shows a component in its present generation.
type Component struct {
	// Theme is what errors are written with; without one there is a red bar only.
	Theme *material.Theme

	mount *reload.Mount
	ops   op.Ops // of the component alone: so that half a frame can be thrown away
	err   error
	more  int            // frames to be drawn, though nothing has changed
	last  layout.Context // of the last frame
}

// Show builds a component. Call it on the window's goroutine. Errors: those of
// reload.Host.Mount.
func Show(h *reload.Host, name string) (*Component, error) {
	c := &Component{}
	m, err := h.Mount(name, (*slot)(c))
	if err != nil {
		return nil, err
	}
	c.mount = m
	return c, nil
}

// Unmount takes the component away and ends its scope. It must not be laid out any more.
func (c *Component) Unmount() { c.mount.Unmount() }

// Layout lays the component out.
func (c *Component) Layout(gtx layout.Context) (dims layout.Dimensions) {
	c.last = gtx
	var call op.CallOp
	c.mount.Frame(func(instance any) {
		w, err := widget(instance)
		if err != nil {
			panic(err) // Try has said so before
		}
		c.ops.Reset()
		inner := gtx
		inner.Ops = &c.ops
		record := op.Record(inner.Ops)
		dims = w(inner)
		call = record.Stop()
	})
	call.Add(gtx.Ops)
	if c.err != nil {
		c.banner(gtx)
	}
	if c.more > 0 {
		c.more--
		gtx.Execute(op.InvalidateCmd{})
	}
	return dims
}

// banner writes the error over the component.
func (c *Component) banner(gtx layout.Context) {
	gtx.Constraints.Min = image.Point{}
	record := op.Record(gtx.Ops)
	size := image.Pt(gtx.Constraints.Max.X, gtx.Dp(6))
	if c.Theme != nil {
		dims := layout.UniformInset(unit.Dp(8)).Layout(gtx, func(gtx layout.Context) layout.Dimensions {
			l := material.Body2(c.Theme, c.err.Error())
			l.Color = color.NRGBA{R: 180, A: 255}
			return l.Layout(gtx)
		})
		size.Y = dims.Size.Y
	}
	call := record.Stop()
	paint.FillShape(gtx.Ops, color.NRGBA{R: 255, G: 225, B: 225, A: 245}, clip.Rect{Max: size}.Op())
	call.Add(gtx.Ops)
	paint.FillShape(gtx.Ops, color.NRGBA{R: 220, A: 255}, clip.Rect{Min: image.Pt(0, size.Y-gtx.Dp(2)), Max: size}.Op())
}

func widget(instance any) (layout.Widget, error) {
	if v := reflect.ValueOf(instance); instance == nil || (v.Kind() == reflect.Func || v.Kind() == reflect.Pointer) && v.IsNil() {
		return nil, errors.New("the constructor returned nil")
	}
	switch w := instance.(type) {
	case layout.Widget:
		return w, nil
	case func(layout.Context) layout.Dimensions:
		return w, nil
	case Widget:
		return w.Layout, nil
	}
	return nil, fmt.Errorf("a component for Gio must be a layout.Widget or have its method Layout, not %T", instance)
}

// slot is a Component as reload sees it.
type slot Component

// Try implements reload.Slot: it lays the component out once where nobody sees it, and
// without input.
func (s *slot) Try(instance any) error {
	w, err := widget(instance)
	if err != nil {
		return err
	}
	gtx := layout.Context{Ops: new(op.Ops), Now: time.Now(), Metric: s.last.Metric, Constraints: s.last.Constraints, Locale: s.last.Locale, Values: s.last.Values}
	if gtx.Constraints.Max == (image.Point{}) { // nothing has been laid out yet
		gtx.Metric = unit.Metric{PxPerDp: 1, PxPerSp: 1}
		gtx.Constraints = layout.Exact(image.Pt(480, 320))
	}
	record := op.Record(gtx.Ops)
	w(gtx)
	record.Stop() // which panics where a recording was not ended
	return nil
}

// framesAfter is how many frames are drawn after a change though nothing moves, so that
// the first frames are over soon.
const framesAfter = 10

// Show implements reload.Slot.
func (s *slot) Show(any) { s.more = framesAfter }

// Failed implements reload.Slot.
func (s *slot) Failed(err error) { s.err, s.more = err, framesAfter }
