// Package fynereload shows the components of package reload in Fyne windows, from
// Fyne 2.6 on.
//
// A component is a fyne.CanvasObject:
//
//	reload.Register("orders", func(s *reload.Scope) (fyne.CanvasObject, error) { … })
//
// Show makes a widget of it that can stand anywhere in a window. What Fyne calls by
// itself, such as a button's OnTapped, goes through [reload.Scope.Guard], if a panic in
// it shall bring the code before back rather than end the program: Fyne's loop recovers
// from none. So does a panic in a layout that Fyne calls by itself, which it does when a
// part of the component has changed its least size; before a component is shown all of it
// is laid out twice, and when its place changes its size, panics are recovered from.
package fynereload

import (
	"errors"
	"fmt"
	"image/color"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/reload"
)

// UI runs functions on Fyne's main goroutine, between two frames. There must be a
// fyne.App when it is used.
type UI struct{}

// Do implements reload.UI.
func (UI) Do(f func()) { fyne.Do(f) }

// NewHost is reload.NewHost with UI.
func NewHost(o reload.Options) (*reload.Host, error) {
	o.UI = UI{}
	return reload.NewHost(o)
}

// Component is a widget that shows a component in its present generation.
type Component struct {
	widget.BaseWidget
	mount  *reload.Mount
	object fyne.CanvasObject
	box    *fyne.Container // the object, and the banner over it
	text   *widget.Label
	banner *fyne.Container
	ticks  *fyne.Animation
}

// Show builds a component and returns a widget that shows it. Call it on Fyne's main
// goroutine, or before its loop runs. Errors: those of reload.Host.Mount.
func Show(h *reload.Host, name string) (*Component, error) {
	c := &Component{text: widget.NewLabel("")}
	c.text.Wrapping = fyne.TextWrapWord
	c.text.Importance = widget.DangerImportance
	c.banner = container.NewBorder(container.NewStack(canvas.NewRectangle(color.NRGBA{R: 255, G: 235, B: 235, A: 245}), c.text), nil, nil, nil)
	c.banner.Hide()
	c.box = container.New(&guarded{c})
	c.ExtendBaseWidget(c)
	m, err := h.Mount(name, (*slot)(c))
	if err != nil {
		return nil, err
	}
	c.mount = m
	return c, nil
}

// Unmount takes the component away and ends its scope. The widget is empty then.
func (c *Component) Unmount() {
	c.mount.Unmount()
	c.mount, c.object = nil, nil
	c.box.Objects = nil
	c.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (c *Component) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.box) }

// slot is a Component as reload sees it.
type slot Component

// Try implements reload.Slot: it lays the object out, which makes the renderers of all
// widgets in it.
func (s *slot) Try(instance any) error {
	o, err := object(instance)
	if err != nil {
		return err
	}
	size := o.MinSize()
	if s.object != nil {
		size = size.Max(s.object.Size())
	}
	o.Resize(o.MinSize())
	o.Resize(size)
	layOut(o)
	return nil
}

func object(instance any) (fyne.CanvasObject, error) {
	o, ok := instance.(fyne.CanvasObject)
	if !ok {
		return nil, fmt.Errorf("a component for Fyne must be a fyne.CanvasObject, not %T", instance)
	}
	if v := reflect.ValueOf(o); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, errors.New("the constructor returned nil")
	}
	return o, nil
}

// layOut does once more what Fyne does by itself with each container of a window, and
// draws each raster, small.
func layOut(o fyne.CanvasObject) {
	o.MinSize()
	switch o := o.(type) {
	case *canvas.Raster:
		if o.Generator != nil {
			o.Generator(8, 8)
		}
	case *fyne.Container:
		for _, below := range o.Objects {
			layOut(below)
		}
		if o.Layout != nil {
			o.Layout.Layout(o.Objects, o.Size())
		}
	}
}

// firstTicks is for how many turns of Fyne's loop after a swap frames are counted.
const firstTicks = 60

// Show implements reload.Slot.
func (s *slot) Show(instance any) {
	c := (*Component)(s)
	o, err := object(instance)
	if err != nil {
		panic(err) // Try has said so before
	}
	c.object = o
	c.box.Objects = []fyne.CanvasObject{o, c.banner}
	o.Show()
	c.box.Refresh()
	c.count()
}

// count counts the next turns of the loop as frames: an animation ticks once in each,
// before the drawing. The first tick stands before the first frame.
func (c *Component) count() {
	if c.ticks != nil {
		c.ticks.Stop()
	}
	ticks := 0
	c.ticks = fyne.NewAnimation(time.Hour, func(float32) {
		if ticks++; ticks > firstTicks {
			c.ticks.Stop()
		}
		if c.mount != nil && ticks > 1 {
			c.mount.Frame(func(any) {})
		}
	})
	c.ticks.RepeatCount = fyne.AnimationRepeatForever
	c.ticks.Start()
}

// Failed implements reload.Slot: a banner over the component says why.
func (s *slot) Failed(err error) {
	if err == nil {
		s.banner.Hide()
		return
	}
	s.text.SetText(err.Error())
	s.banner.Show()
	s.box.Refresh()
}

// guarded lays out the object and the banner, and recovers from panics of the object.
type guarded struct{ c *Component }

func (g *guarded) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	g.run(func() {
		if o := g.c.object; o != nil {
			o.Move(fyne.Position{})
			o.Resize(size)
		}
	})
	g.c.banner.Resize(size)
}

func (g *guarded) MinSize([]fyne.CanvasObject) (min fyne.Size) {
	g.run(func() {
		if o := g.c.object; o != nil {
			min = o.MinSize()
		}
	})
	return min
}

// run runs what is the component's code.
func (g *guarded) run(f func()) {
	if g.c.mount == nil { // it is being built
		f()
		return
	}
	g.c.mount.Run(func(any) { f() })
}
