// Package xplace knows where a process's X11 windows are, and puts the windows of
// another there: what a program that is started anew needs so that nobody notices.
//
// It speaks with the X server and, where there is one, by the rules of window managers
// (EWMH). Programs on Wayland cannot be moved from outside: the protocol does not let
// anybody. Start at [Dial].
package xplace

import (
	"io"
	"log"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/gomedic/gomedic/internal/proc/xtitle"
)

// Rect is where a window is on its screen, in pixels, without the frame that a window
// manager draws around it.
type Rect struct{ X, Y, W, H int }

// Window is a window of a process.
type Window struct {
	ID    uint32
	Title string
	Rect  Rect
	Shown bool // it is mapped, and so are the windows that it lies in
}

// Display is a connection to an X server.
type Display struct {
	conn   *xgb.Conn
	root   xproto.Window
	active xproto.Atom
	extent xproto.Atom
	name   string
}

var quiet = sync.OnceFunc(func() { xgb.Logger = log.New(io.Discard, "", 0) })

// Dial connects to the X server; "" is that of $DISPLAY.
func Dial(display string) (*Display, error) {
	quiet()
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, err
	}
	d := &Display{conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root, name: display}
	for name, atom := range map[string]*xproto.Atom{"_NET_ACTIVE_WINDOW": &d.active, "_NET_FRAME_EXTENTS": &d.extent} {
		if r, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply(); err == nil {
			*atom = r.Atom
		}
	}
	return d, nil
}

// Close ends the connection.
func (d *Display) Close() { d.conn.Close() }

// Windows returns the windows of a process that have a title, the lowest id first.
func (d *Display) Windows(pid int) []Window {
	all, err := xtitle.Find(d.name, "*")
	if err != nil {
		return nil
	}
	var out []Window
	for _, w := range all {
		if w.PID != pid {
			continue
		}
		if r, shown, ok := d.where(xproto.Window(w.ID)); ok {
			out = append(out, Window{ID: w.ID, Title: w.Title, Rect: r, Shown: shown})
		}
	}
	return out
}

// where is the place of a window on the root.
func (d *Display) where(id xproto.Window) (r Rect, shown, ok bool) {
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return r, false, false
	}
	at, err := xproto.TranslateCoordinates(d.conn, id, d.root, 0, 0).Reply()
	if err != nil {
		return r, false, false
	}
	a, err := xproto.GetWindowAttributes(d.conn, id).Reply()
	if err != nil {
		return r, false, false
	}
	return Rect{int(at.DstX), int(at.DstY), int(g.Width), int(g.Height)}, a.MapState == xproto.MapStateViewable, true
}

// Put moves a window, and gives it a size. A window manager is asked for the place of
// its frame, so that the window itself comes to where it is wanted.
func (d *Display) Put(id uint32, r Rect) error {
	left, top := d.frame(xproto.Window(id))
	return xproto.ConfigureWindowChecked(d.conn, xproto.Window(id),
		xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(int32(r.X - left)), uint32(int32(r.Y - top)), uint32(max(1, r.W)), uint32(max(1, r.H))}).Check()
}

// frame is how wide the frame around a window is, at the left and at the top
// (_NET_FRAME_EXTENTS: left, right, top, bottom).
func (d *Display) frame(id xproto.Window) (left, top int) {
	r, err := xproto.GetProperty(d.conn, false, id, d.extent, xproto.AtomCardinal, 0, 4).Reply()
	if err != nil || r == nil || r.Format != 32 || len(r.Value) < 16 {
		return 0, 0
	}
	return int(xgb.Get32(r.Value)), int(xgb.Get32(r.Value[8:]))
}

// Active is the window that has the keyboard, 0 if none has.
func (d *Display) Active() uint32 {
	r, err := xproto.GetProperty(d.conn, false, d.root, d.active, xproto.AtomWindow, 0, 1).Reply()
	if err == nil && r != nil && r.Format == 32 && len(r.Value) >= 4 {
		return xgb.Get32(r.Value)
	}
	if f, err := xproto.GetInputFocus(d.conn).Reply(); err == nil && f.Focus > xproto.InputFocusPointerRoot {
		return uint32(f.Focus)
	}
	return 0
}

// Activate gives the keyboard to a window: by the window manager, where there is one
// (EWMH, _NET_ACTIVE_WINDOW, as a pager does).
func (d *Display) Activate(id uint32) error {
	r, err := xproto.GetProperty(d.conn, false, d.root, d.active, xproto.AtomWindow, 0, 1).Reply()
	if err != nil || r == nil || r.Format == 0 { // no window manager
		return xproto.SetInputFocusChecked(d.conn, xproto.InputFocusParent, xproto.Window(id), xproto.TimeCurrentTime).Check()
	}
	e := xproto.ClientMessageEvent{Format: 32, Window: xproto.Window(id), Type: d.active,
		Data: xproto.ClientMessageDataUnionData32New([]uint32{2, 0, 0, 0, 0})}
	return xproto.SendEventChecked(d.conn, false, d.root, xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(e.Bytes())).Check()
}
