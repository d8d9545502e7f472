// Command window is the program of the window's test.
package main

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"

	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/ebitenreload"
	"github.com/gomedic/gomedic/reload/internal/xtest"
)

var (
	red   = color.RGBA{200, 0, 0, 255}
	blue  = color.RGBA{0, 0, 200, 255}
	green = color.RGBA{0, 160, 0, 255}
)

// game is a component of one colour; it counts how often it was built.
type game struct {
	c      color.Color
	built  *reload.State[int]
	update func() error
	draw   func()
	layout func() (int, int)
}

func (g *game) Update() error {
	if g.update != nil {
		return g.update()
	}
	return nil
}

func (g *game) Draw(screen *ebiten.Image) {
	screen.Fill(g.c)
	if g.draw != nil {
		g.draw()
	}
	ebitenutil.DebugPrintAt(screen, fmt.Sprintf("built %d times", g.built.Get()), 150, 140)
}

func (g *game) Layout(int, int) (int, int) {
	if g.layout != nil {
		return g.layout()
	}
	return 400, 300
}

func build(c color.Color, change func(*game)) func(*reload.Scope) (ebiten.Game, error) {
	return func(s *reload.Scope) (ebiten.Game, error) {
		g := &game{c: c, built: reload.NewState(s, "built", 0)}
		g.built.Update(func(n int) int { return n + 1 })
		s.Go(func(ctx context.Context) { <-ctx.Done() })
		if change != nil {
			change(g)
		}
		return g, nil
	}
}

func main() {
	steps, _ := xtest.IsProgram()
	fail := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	reload.Register("game", build(red, nil))
	g := ebitenreload.New()
	h, err := reload.NewHost(reload.Options{UI: g})
	fail(err)
	fail(g.Show(h, "game"))
	go func() {
		load := func(build func(*reload.Scope) (ebiten.Game, error)) {
			r := h.Load(context.Background(), func() error { reload.Register("game", build); return nil })
			state := make(chan int)
			g.Do(func() { state <- reload.NewState(g.Mount().Scope(), "built", 0).Get() })
			steps.Done(fmt.Sprintf("built %d %s %v", <-state, r.Outcome, r.Err()))
		}
		steps.Done("started")
		load(build(blue, nil))
		frames := 0
		load(build(green, func(g *game) {
			g.draw = func() {
				if frames++; frames == 2 {
					panic("in Draw")
				}
			}
		}))
		load(build(green, func(g *game) { g.update = func() error { return errors.New("no more") } }))
		load(build(green, func(g *game) { g.layout = func() (int, int) { return 0, 0 } }))
		load(func(*reload.Scope) (ebiten.Game, error) { return (*game)(nil), nil })
		load(build(green, nil))
		g.Do(func() {
			reload.NewState(g.Mount().Scope(), "built", 0) // it is there still
			g.Mount().Value().(*game).update = func() error { return errors.New("later") }
		})
		steps.Done("later")
		left, err := h.Close(context.Background())
		steps.Done(fmt.Sprint("closed ", len(left), err))
		os.Exit(0)
	}()
	ebiten.SetWindowTitle("ebitenreload")
	ebiten.SetWindowSize(400, 300)
	ebiten.SetRunnableOnUnfocused(true)
	fail(ebiten.RunGame(g))
}
