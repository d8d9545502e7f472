// Package ebitenreload shows a component of package reload as an Ebitengine game.
//
// A component is an ebiten.Game:
//
//	reload.Register("game", func(s *reload.Scope) (ebiten.Game, error) { … })
//
// A Game is given to ebiten.RunGame in its place. A panic in Update, Draw or Layout, and
// an error of Update, brings the code before back, in the same frame.
package ebitenreload

import (
	"errors"
	"fmt"
	"image/color"
	"reflect"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"
	"github.com/hajimehoshi/ebiten/v2/vector"

	"github.com/gomedic/gomedic/reload"
)

// Game is an ebiten.Game that is whatever the component is in its present generation. It
// is the reload.UI as well: functions run before Update. A game in the background that
// is not updated runs none; see ebiten.SetRunnableOnUnfocused.
//
// The component's LayoutF and DrawFinalScreen are not called.
type Game struct {
	mu    sync.Mutex
	queue []func()

	mount         *reload.Mount
	err           error
	width, height int // of the outside, when Layout was called last
}

// New returns a game that shows nothing yet.
func New() *Game { return &Game{} }

// Show builds the component and makes it the game. Call it before ebiten.RunGame.
// Errors: those of reload.Host.Mount.
func (g *Game) Show(h *reload.Host, name string) error {
	m, err := h.Mount(name, (*slot)(g))
	if err != nil {
		return err
	}
	g.mount = m
	return nil
}

// Mount is what Show has mounted.
func (g *Game) Mount() *reload.Mount { return g.mount }

// Do implements reload.UI.
func (g *Game) Do(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(g.queue, f)
}

// updateError is an error of a component's Update, on its way through a panic.
type updateError struct{ error }

func (e updateError) Error() string { return "Update returned: " + e.error.Error() }

func (e updateError) Unwrap() error { return e.error }

// Update implements ebiten.Game. ebiten.Termination is passed on.
func (g *Game) Update() (err error) {
	g.mu.Lock()
	queue := g.queue
	g.queue = nil
	g.mu.Unlock()
	for _, f := range queue {
		f()
	}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		var update updateError
		if e, ok := p.(error); ok && errors.As(e, &update) { // and there is no code before
			err = update.error
			return
		}
		panic(p)
	}()
	g.mount.Run(func(instance any) {
		err = instance.(ebiten.Game).Update()
		if err != nil && !errors.Is(err, ebiten.Termination) {
			panic(updateError{err})
		}
	})
	return err
}

// Draw implements ebiten.Game.
func (g *Game) Draw(screen *ebiten.Image) {
	tries := 0
	g.mount.Frame(func(instance any) {
		if tries++; tries > 1 { // half a picture of another generation may be there
			screen.Clear()
		}
		instance.(ebiten.Game).Draw(screen)
	})
	if g.err != nil {
		text := g.err.Error()
		vector.FillRect(screen, 0, 0, float32(screen.Bounds().Dx()), 20, color.RGBA{160, 0, 0, 255}, false)
		ebitenutil.DebugPrintAt(screen, text, 4, 2)
	}
}

// Layout implements ebiten.Game.
func (g *Game) Layout(outsideWidth, outsideHeight int) (width, height int) {
	g.width, g.height = outsideWidth, outsideHeight
	g.mount.Run(func(instance any) {
		width, height = instance.(ebiten.Game).Layout(outsideWidth, outsideHeight)
		if width <= 0 || height <= 0 {
			panic(fmt.Sprintf("Layout returned %d×%d", width, height))
		}
	})
	return width, height
}

// slot is a Game as reload sees it.
type slot Game

// Try implements reload.Slot: it calls Layout. Update would change something, and Draw
// may rely on it.
func (s *slot) Try(instance any) error {
	c, ok := instance.(ebiten.Game)
	if !ok {
		return fmt.Errorf("a component for Ebitengine must be an ebiten.Game, not %T", instance)
	}
	if v := reflect.ValueOf(c); v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("the constructor returned nil")
	}
	if s.width > 0 && s.height > 0 {
		if w, h := c.Layout(s.width, s.height); w <= 0 || h <= 0 {
			return fmt.Errorf("its Layout returned %d×%d", w, h)
		}
	}
	return nil
}

// Show implements reload.Slot: the game asks for the present instance each time.
func (s *slot) Show(any) {}

// Failed implements reload.Slot.
func (s *slot) Failed(err error) { s.err = err }
