// Package xpicture looks at the windows of a program as people see them: whether there
// is one on the screen, and whether something is drawn in it. It asks the X server for
// some rows of pixels and changes nothing.
//
// On Wayland no program may see another's windows. Start at [Open].
package xpicture

import (
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/res"
	"github.com/jezek/xgb/xproto"
)

// Picture is the largest window of a program.
type Picture struct {
	Windows int // on the screen
	W, H    int
	Colours int // different ones in the rows that were looked at, at most maxColours
}

// Bounds.
const (
	timeout    = 2 * time.Second
	maxWindows = 4096
	maxDepth   = 3 // a window manager's frame around a window, and the toolkit's inner one
	rows       = 48
	maxColours = 4096
	smallest   = 16 // pixels: windows below are the toolkits' own helpers
)

var quiet = sync.OnceFunc(func() { xgb.Logger = log.New(io.Discard, "", 0) })

// Screen is a connection to an X server. While it is open the server goes on, also when
// it was the last one: a server without a client starts anew, and refuses who comes then.
type Screen struct{ conn *xgb.Conn }

// Open connects to a server. display is as in $DISPLAY.
func Open(display string) (*Screen, error) {
	quiet()
	if display == "" {
		return nil, errors.New("no X11 display")
	}
	s, err := within(display, func() (*Screen, error) {
		conn, err := xgb.NewConnDisplay(display)
		if err != nil {
			return nil, err
		}
		return &Screen{conn}, nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends the connection.
func (s *Screen) Close() { s.conn.Close() }

// Look looks at the windows of the processes for which own is true. No window is no
// error.
func (s *Screen) Look(own func(pid int) bool) (Picture, error) {
	return within("the display", func() (Picture, error) { return look(s.conn, own) })
}

// within bounds how long a server may take.
func within[T any](display string, f func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := f()
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.v, a.err
	case <-time.After(timeout):
		var none T
		return none, fmt.Errorf("the X server at %s did not answer within %v", display, timeout)
	}
}

// window is one that is on the screen, with its place there.
type window struct {
	id         xproto.Window
	x, y, w, h int
}

func look(conn *xgb.Conn, own func(pid int) bool) (Picture, error) {
	setup := xproto.Setup(conn)
	screen := setup.DefaultScreen(conn)
	bases, err := clients(conn, own)
	if err != nil {
		return Picture{}, err
	}
	var p Picture
	var best window
	seen := 0
	var visit func(id xproto.Window, depth int)
	visit = func(id xproto.Window, depth int) {
		tree, err := xproto.QueryTree(conn, id).Reply()
		if err != nil || tree == nil {
			return
		}
		for _, child := range tree.Children {
			if seen++; seen > maxWindows {
				return
			}
			if bases[uint32(child)&^setup.ResourceIdMask] {
				if w, ok := shown(conn, child, screen); ok {
					p.Windows++
					if w.w*w.h > best.w*best.h {
						best = w
					}
				}
				continue
			}
			if depth < maxDepth {
				visit(child, depth+1)
			}
		}
	}
	visit(screen.Root, 1)
	if p.Windows == 0 {
		return p, nil
	}
	p.W, p.H = best.w, best.h
	p.Colours, err = colours(conn, best, int(screen.WidthInPixels), int(screen.HeightInPixels))
	return p, err
}

// clients are the resource bases of the connections that processes of ours have.
func clients(conn *xgb.Conn, own func(pid int) bool) (map[uint32]bool, error) {
	if err := res.Init(conn); err != nil {
		return nil, err
	}
	if _, err := res.QueryVersion(conn, 1, 2).Reply(); err != nil {
		return nil, err
	}
	r, err := res.QueryClientIds(conn, 1, []res.ClientIdSpec{{Client: 0, Mask: res.ClientIdMaskLocalClientPID}}).Reply()
	if err != nil {
		return nil, err
	}
	bases := map[uint32]bool{}
	for _, v := range r.Ids {
		if v.Spec.Mask == res.ClientIdMaskLocalClientPID && len(v.Value) == 1 && own(int(v.Value[0])) {
			bases[v.Spec.Client&^xproto.Setup(conn).ResourceIdMask] = true
		}
	}
	return bases, nil
}

// shown is the place of a window that is on the screen and large enough to be one.
func shown(conn *xgb.Conn, id xproto.Window, screen *xproto.ScreenInfo) (window, bool) {
	a, err := xproto.GetWindowAttributes(conn, id).Reply()
	if err != nil || a.MapState != xproto.MapStateViewable || a.Class != xproto.WindowClassInputOutput {
		return window{}, false
	}
	g, err := xproto.GetGeometry(conn, xproto.Drawable(id)).Reply()
	if err != nil || g.Width < smallest || g.Height < smallest {
		return window{}, false
	}
	at, err := xproto.TranslateCoordinates(conn, id, screen.Root, 0, 0).Reply()
	if err != nil {
		return window{}, false
	}
	return window{id, int(at.DstX), int(at.DstY), int(g.Width), int(g.Height)}, true
}

// colours counts the different pixels of some rows, of the part that is on the screen.
func colours(conn *xgb.Conn, w window, width, height int) (int, error) {
	left, right := max(0, -w.x), min(w.w, width-w.x)
	top, bottom := max(0, -w.y), min(w.h, height-w.y)
	if right <= left || bottom <= top {
		return 0, errors.New("the window is beside the screen")
	}
	seen := map[uint32]bool{}
	var failed error
	for i := range rows {
		y := top + (bottom-top-1)*i/(rows-1)
		img, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(w.id), int16(left), int16(y), uint16(right-left), 1, 0xffffffff).Reply()
		if err != nil {
			failed = err
			continue
		}
		if img.Depth < 24 { // 16 bits a pixel
			for k := 0; k+1 < len(img.Data); k += 2 {
				seen[uint32(img.Data[k])|uint32(img.Data[k+1])<<8] = true
			}
			continue
		}
		for k := 0; k+3 < len(img.Data) && len(seen) < maxColours; k += 4 {
			seen[xgb.Get32(img.Data[k:])&0xffffff] = true
		}
	}
	if len(seen) == 0 {
		return 0, failed
	}
	return len(seen), nil
}
