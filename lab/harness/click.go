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
func Click(title string, x, y int) error {
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
	press := xproto.ButtonPressEvent{Detail: 1, Root: root, Event: window, RootX: int16(x), RootY: int16(y),
		EventX: int16(x), EventY: int16(y), SameScreen: true}
	release := xproto.ButtonReleaseEvent(press)
	release.State = xproto.KeyButMaskButton1
	motion := xproto.MotionNotifyEvent{Root: root, Event: window, RootX: press.RootX, RootY: press.RootY,
		EventX: press.EventX, EventY: press.EventY, SameScreen: true}
	err = send(xproto.EventMaskPointerMotion, motion)
	time.Sleep(50 * time.Millisecond) // a hand is not faster, and toolkits look once a frame
	err = errors.Join(err, send(xproto.EventMaskButtonPress, press))
	time.Sleep(50 * time.Millisecond)
	return errors.Join(err, send(xproto.EventMaskButtonRelease, release))
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
