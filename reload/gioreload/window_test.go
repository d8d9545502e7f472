package gioreload

import (
	"context"
	"fmt"
	"image/color"
	"os"
	"strings"
	"testing"

	"gioui.org/app"
	"gioui.org/f32"
	"gioui.org/font/gofont"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/text"
	"gioui.org/unit"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/internal/xtest"
)

var (
	red   = color.RGBA{200, 0, 0, 255}
	blue  = color.RGBA{0, 0, 200, 255}
	green = color.RGBA{0, 160, 0, 255}
)

func TestMain(m *testing.M) {
	if steps, ok := xtest.IsProgram(); ok {
		program(steps)
		return
	}
	os.Exit(m.Run())
}

// orders is a component of one colour; it counts how often it was built.
func orders(theme *material.Theme, c color.RGBA, more func(layout.Context)) func(*reload.Scope) (layout.Widget, error) {
	return func(s *reload.Scope) (layout.Widget, error) {
		n := reload.NewState(s, "built", 0)
		n.Update(func(n int) int { return n + 1 })
		s.Go(func(ctx context.Context) { <-ctx.Done() })
		return func(gtx layout.Context) layout.Dimensions {
			paint.Fill(gtx.Ops, color.NRGBA(c))
			if more != nil {
				more(gtx)
			}
			return layout.Center.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
				l := material.H5(theme, fmt.Sprintf("built %d times", n.Get()))
				l.Color = color.NRGBA{255, 255, 255, 255}
				return l.Layout(gtx)
			})
		}, nil
	}
}

// halfway panics in its second frame in the window, with a clip and a transformation
// that it has not popped.
func halfway() func(layout.Context) {
	frames := 0
	return func(gtx layout.Context) {
		if gtx.Source.Enabled() {
			frames++
		}
		if frames == 2 {
			clip.Rect{Max: gtx.Constraints.Max.Div(4)}.Push(gtx.Ops)
			op.Affine(f32.AffineId().Scale(f32.Point{}, f32.Pt(0.1, 0.1))).Push(gtx.Ops)
			op.Record(gtx.Ops)
			panic("halfway")
		}
	}
}

func program(steps *xtest.Steps) {
	w := new(app.Window)
	w.Option(app.Title("gioreload"), app.Size(unit.Dp(400), unit.Dp(300)))
	ui := NewUI(w)
	theme := material.NewTheme()
	theme.Shaper = text.NewShaper(text.NoSystemFonts(), text.WithCollection(gofont.Collection()))
	fail := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	reload.Register("orders", orders(theme, red, nil))
	h, err := reload.NewHost(reload.Options{UI: ui})
	fail(err)
	c, err := Show(h, "orders")
	fail(err)
	c.Theme = theme
	go func() {
		load := func(build func(*reload.Scope) (layout.Widget, error)) {
			r := h.Load(context.Background(), func() error { reload.Register("orders", build); return nil })
			state := make(chan int)
			ui.Do(func() { state <- reload.NewState(c.mount.Scope(), "built", 0).Get() })
			steps.Done(fmt.Sprintf("built %d %s %v", <-state, r.Outcome, r.Err()))
		}
		steps.Done("started")
		load(orders(theme, blue, nil))
		load(orders(theme, green, halfway()))
		load(orders(theme, green, func(gtx layout.Context) { panic("in the trial") }))
		load(func(*reload.Scope) (layout.Widget, error) { return nil, nil })
		load(orders(theme, green, func(gtx layout.Context) { op.Record(gtx.Ops) }))
		load(orders(theme, green, nil))
		left, err := h.Close(context.Background())
		steps.Done(fmt.Sprint("closed ", len(left), err))
		os.Exit(0)
	}()
	go func() {
		var ops op.Ops
		for {
			switch e := w.Event().(type) {
			case app.DestroyEvent:
				fail(e.Err)
				os.Exit(0)
			case app.FrameEvent:
				ui.Frame()
				gtx := app.NewContext(&ops, e)
				c.Layout(gtx)
				e.Frame(gtx.Ops)
			}
		}
	}()
	app.Main()
}

func TestAWindow(t *testing.T) {
	p := xtest.Start(t)
	step := func(want string) {
		t.Helper()
		if got := p.Step(); !strings.HasPrefix(got, want) {
			t.Errorf("step %q, want %q", got, want)
		}
	}
	const most = 0.3 // of the screen of 640×480
	step("started")
	p.Await("gio-1-red", red, most)
	p.Continue()
	step("built 2 ok <nil>")
	p.Await("gio-2-blue", blue, most)
	p.Continue()
	step("built 2 rolled back first frame: panic: halfway at ")
	p.Await("gio-3-halfway", blue, most/2) // the banner is over it
	p.Continue()
	step(`built 2 failed trial: component "orders": panic: in the trial at `)
	p.Await("gio-4-failed", blue, most/2)
	p.Continue()
	step(`built 2 failed trial: component "orders": the constructor returned nil`)
	p.Continue()
	step(`built 2 failed trial: component "orders": panic: unbalanced operation at `)
	p.Continue()
	step("built 3 ok <nil>")
	p.Await("gio-5-green", green, most)
	p.Continue()
	step("closed 0")
	p.Continue()
}
