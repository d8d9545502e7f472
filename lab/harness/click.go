package harness

import (
	"errors"
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Click sends a real click of the left button to this program's window with the
// given title, at x, y in the window's pixels: it goes through the X server, so
// the callback comes the toolkit's own way, through its event loop and its C
// callbacks. It does not move the pointer. The X connection is closed again
// before Click returns, so no goroutine stays behind.
func Click(title string, x, y int) error { return press(title, x, y, 1, 1, 50*time.Millisecond) }

// Wheel turns the mouse wheel of this program's window downwards, by so many
// notches, one after each pause. It comes the way that Click comes.
func Wheel(title string, x, y, notches int, pause time.Duration) error {
	return press(title, x, y, 5, notches, pause/2)
}

// press presses and releases a button of the mouse, with a pause before each.
func press(title string, x, y int, button byte, times int, pause time.Duration) error {
	conn, err := xgb.NewConn()
	if err != nil {
		return fmt.Errorf("click: %w", err)
	}
	defer conn.Close()
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	window, ok := findWindow(conn, root, title, 4)
	if !ok {
		return fmt.Errorf("click: no window is named %q", title)
	}
	send := func(mask uint32, event interface{ Bytes() []byte }) error {
		return xproto.SendEventChecked(conn, false, window, mask, string(event.Bytes())).Check()
	}
	down := xproto.ButtonPressEvent{Detail: xproto.Button(button), Root: root, Event: window, RootX: int16(x), RootY: int16(y),
		EventX: int16(x), EventY: int16(y), SameScreen: true}
	up := xproto.ButtonReleaseEvent(down)
	up.State = xproto.KeyButMaskButton1 << (button - 1)
	motion := xproto.MotionNotifyEvent{Root: root, Event: window, RootX: down.RootX, RootY: down.RootY,
		EventX: down.EventX, EventY: down.EventY, SameScreen: true}
	err = send(xproto.EventMaskPointerMotion, motion)
	for range times {
		time.Sleep(pause) // a hand is not faster, and toolkits look once a frame
		err = errors.Join(err, send(xproto.EventMaskButtonPress, down))
		time.Sleep(pause)
		err = errors.Join(err, send(xproto.EventMaskButtonRelease, up))
	}
	return err
}

// findWindow looks for a window by its name, depth levels below w: a window
// manager puts its frame around the program's window.
func findWindow(conn *xgb.Conn, w xproto.Window, title string, depth int) (xproto.Window, bool) {
	name, err := xproto.GetProperty(conn, false, w, xproto.AtomWmName, xproto.GetPropertyTypeAny, 0, 256).Reply()
	if err == nil && string(name.Value) == title {
		return w, true
	}
	if depth == 0 {
		return 0, false
	}
	tree, err := xproto.QueryTree(conn, w).Reply()
	if err != nil {
		return 0, false
	}
	for _, child := range tree.Children {
		if found, ok := findWindow(conn, child, title, depth-1); ok {
			return found, true
		}
	}
	return 0, false
}
