package xtitle

import (
	"bufio"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// startX starts an Xvfb on a display of its own choice and returns its name.
func startX(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "320x240x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatalf("Xvfb is needed (Debian: apt install xvfb): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	return ":" + strings.TrimSpace(line)
}

// client is a connection that makes windows.
type client struct {
	t    *testing.T
	conn *xgb.Conn
	root xproto.Window
}

func connect(t *testing.T, display string) *client {
	t.Helper()
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &client{t: t, conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root}
}

func (c *client) window(parent xproto.Window) xproto.Window {
	c.t.Helper()
	id, err := xproto.NewWindowId(c.conn)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := xproto.CreateWindowChecked(c.conn, 0, id, parent, 0, 0, 9, 9, 0, xproto.WindowClassInputOutput, 0, 0, nil).Check(); err != nil {
		c.t.Fatal(err)
	}
	return id
}

func (c *client) set(w xproto.Window, property, kind string, format byte, data []byte) {
	c.t.Helper()
	atom := func(n string) xproto.Atom {
		r, err := xproto.InternAtom(c.conn, false, uint16(len(n)), n).Reply()
		if err != nil {
			c.t.Fatal(err)
		}
		return r.Atom
	}
	n := uint32(len(data)) / uint32(format/8)
	if err := xproto.ChangePropertyChecked(c.conn, xproto.PropModeReplace, w, atom(property), atom(kind), format, n, data).Check(); err != nil {
		c.t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	display := startX(t)
	c := connect(t, display)
	pid := make([]byte, 4)
	xgb.Put32(pid, 4711)

	orders := c.window(c.window(c.root)) // below a window manager's frame
	c.set(orders, "_NET_WM_NAME", "UTF8_STRING", 8, []byte("Orders – 訂單 [1/2]"))
	c.set(orders, "WM_NAME", "STRING", 8, []byte("other"))
	c.set(orders, "_NET_WM_PID", "CARDINAL", 32, pid)
	inner := c.window(orders)
	c.set(inner, "_NET_WM_NAME", "UTF8_STRING", 8, []byte("Orders – 訂單 [1/2]"))
	c.set(inner, "_NET_WM_PID", "CARDINAL", 32, pid)
	old := c.window(c.root)
	c.set(old, "WM_NAME", "STRING", 8, []byte("Auftr\xe4ge"))
	broken := c.window(c.root)
	c.set(broken, "_NET_WM_NAME", "UTF8_STRING", 8, []byte("bad \xff name"))
	c.set(broken, "_NET_WM_PID", "CARDINAL", 8, []byte("x"))

	self := os.Getpid()
	for pattern, want := range map[string][]Window{
		"orders":         {{uint32(orders), "Orders – 訂單 [1/2]", 4711}},
		"訂單":             {{uint32(orders), "Orders – 訂單 [1/2]", 4711}},
		"orders*[?/2]":   {{uint32(orders), "Orders – 訂單 [1/2]", 4711}},
		"Orders*\\":      nil,
		"rders*":         nil,
		"other":          nil,
		"aufträge":       {{uint32(old), "Aufträge", self}}, // known by the connection
		"bad ? name":     {{uint32(broken), "bad \uFFFD name", self}},
		"nothing of it ": nil,
	} {
		got, err := Find(display, pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("%s: %+v, want %+v", pattern, got, want)
		}
	}
	t.Setenv("DISPLAY", display)
	if got, err := Find("", "orders"); err != nil || len(got) != 1 {
		t.Errorf("by $DISPLAY: %v, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	reason := func(display string) Reason {
		_, err := Find(display, "x")
		var e *Error
		if !errors.As(err, &e) || e.Error() == "" {
			t.Fatalf("%s: %v", display, err)
		}
		return e.Reason
	}
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if r := reason(""); r != NoDisplay {
		t.Error(r)
	}
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	if r := reason(""); r != Wayland {
		t.Error(r)
	}
	for _, display := range []string{":9999", "no display", filepath.Join(t.TempDir(), "x:0")} {
		if r := reason(display); r != Unreachable {
			t.Errorf("%s: %s", display, r)
		}
	}
	// A server that takes the connection and says nothing.
	socket := filepath.Join(t.TempDir(), "s:0")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if r := reason(socket); r != Slow {
		t.Error(r)
	}
}
