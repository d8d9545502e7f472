package fynereload

import (
	"context"
	"fmt"
	"image/color"
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

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
func orders(c color.Color, more fyne.CanvasObject) func(*reload.Scope) (fyne.CanvasObject, error) {
	return func(s *reload.Scope) (fyne.CanvasObject, error) {
		n := reload.NewState(s, "built", 0)
		n.Update(func(n int) int { return n + 1 })
		s.Go(func(ctx context.Context) { <-ctx.Done() })
		text := widget.NewLabel(fmt.Sprintf("built %d times", n.Get()))
		all := container.NewStack(canvas.NewRectangle(c), container.NewCenter(text))
		if more != nil {
			all.Add(more)
		}
		return all, nil
	}
}

// brittle is a layout that panics from a width on.
type brittle struct{ width float32 }

func (b *brittle) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }
func (b *brittle) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if size.Width >= b.width {
		panic("too wide")
	}
}

func brittleFrom(width float32) fyne.CanvasObject {
	return container.New(&brittle{width}, canvas.NewRectangle(color.Transparent))
}

func program(steps *xtest.Steps) {
	reload.Register("orders", orders(red, nil))
	a := app.NewWithID("io.github.gomedic.fynereload")
	w := a.NewWindow("fynereload")
	h, err := NewHost(reload.Options{FirstFrames: 10})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	c, err := Show(h, "orders")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	w.SetPadded(false)
	w.SetContent(c)
	w.Resize(fyne.NewSize(400, 300))
	load := func(build func(*reload.Scope) (fyne.CanvasObject, error)) {
		r := h.Load(context.Background(), func() error { reload.Register("orders", build); return nil })
		state := 0
		fyne.DoAndWait(func() { state = reload.NewState(c.mount.Scope(), "built", 0).Get() })
		steps.Done(fmt.Sprintf("built %d %s %v", state, r.Outcome, r.Err()))
	}
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			steps.Done("started")
			load(orders(blue, nil))
			load(orders(green, brittleFrom(300)))
			load(func(*reload.Scope) (fyne.CanvasObject, error) { panic("when it is built") })
			load(func(*reload.Scope) (fyne.CanvasObject, error) { return (*canvas.Text)(nil), nil })
			load(func(s *reload.Scope) (fyne.CanvasObject, error) {
				ill := make(chan struct{})
				s.Go(func(context.Context) { defer close(ill); panic("in a goroutine") })
				<-ill // so that it is before the last of the first frames
				return orders(red, nil)(s)
			})
			load(orders(green, brittleFrom(500)))
			fyne.DoAndWait(func() { w.Resize(fyne.NewSize(520, 300)) })
			steps.Done("wide")
			var button *widget.Button
			load(func(s *reload.Scope) (fyne.CanvasObject, error) {
				button = widget.NewButton("press", s.Guard(func() { panic("when it is pressed") }))
				return button, nil
			})
			fyne.DoAndWait(button.OnTapped)
			steps.Done("pressed")
			left, err := h.Close(context.Background())
			steps.Done(fmt.Sprint("closed ", len(left), err))
			fyne.Do(a.Quit)
		}()
	})
	w.ShowAndRun()
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
	p.Await("fyne-1-red", red, most)
	p.Continue()
	step("built 2 ok <nil>")
	p.Await("fyne-2-blue", blue, most)
	p.Continue()
	step(`built 2 failed trial: component "orders": panic: too wide at `)
	p.Await("fyne-3-brittle", blue, most/2) // the banner is over it
	p.Continue()
	step(`built 2 failed trial: component "orders": panic: when it is built at `)
	p.Await("fyne-4-failed", blue, most/2)
	p.Continue()
	step("built 2 failed trial: component \"orders\": the constructor returned nil")
	p.Continue()
	step("built 2 rolled back first frame: panic: in a goroutine at ")
	p.Await("fyne-5-goroutine", blue, most/2)
	p.Continue()
	step("built 3 ok <nil>")
	p.Await("fyne-6-green", green, most)
	p.Continue()
	step("wide") // and blue again, by the code before
	p.Await("fyne-7-wide", blue, most/2)
	p.Continue()
	step("built 4 ok <nil>")
	p.Continue()
	step("pressed")
	p.Await("fyne-8-pressed", blue, most/2)
	p.Continue()
	step("closed 0")
	p.Continue()
}
