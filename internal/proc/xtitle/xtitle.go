// Package xtitle finds the processes behind X11 windows by their titles.
//
// It asks the X server alone: the window tree, the names that windows carry
// (_NET_WM_NAME, WM_NAME) and the pid that they state (_NET_WM_PID) or that the
// server knows of their connection (the X-Resource extension, version 1.2). It
// changes nothing, and it knows nothing of Go or of toolkits. A native Wayland
// window is invisible here: the protocol shows no program another's windows.
// Start at [Find].
package xtitle

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/res"
	"github.com/jezek/xgb/xproto"
)

// Bounds. A full desktop has some hundred windows.
const (
	timeout    = time.Second
	maxWindows = 20_000
	maxDepth   = 24
	batch      = 256     // requests under way at once
	maxTitle   = 1 << 10 // in 4-byte units, as GetProperty counts
)

// Window is a window with a title.
type Window struct {
	ID    uint32
	Title string
	PID   int // 0: neither the window nor the server states it
}

// Reason says why no window can be looked for.
type Reason string

// The reasons.
const (
	NoDisplay   Reason = "no-display"  // DISPLAY is not set
	Wayland     Reason = "wayland"     // … and the session is a Wayland one without Xwayland
	Unreachable Reason = "unreachable" // no X server answers there, or it refuses
	Slow        Reason = "slow"        // it did not answer within a second
)

// Error says why Find could not look.
type Error struct {
	Display string
	Reason  Reason
	Err     error // the cause, may be nil
}

func (e *Error) Error() string {
	switch e.Reason {
	case NoDisplay:
		return "no X11 display: DISPLAY is not set"
	case Wayland:
		return "no X11 display: this is a Wayland session, where no program may see another's windows"
	case Slow:
		return fmt.Sprintf("the X server at %s did not answer within %v", e.Display, timeout)
	}
	return fmt.Sprintf("cannot reach the X server at %s: %v", e.Display, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// quiet keeps the library from writing to standard error: what fails comes back
// as an error.
var quiet = sync.OnceFunc(func() { xgb.Logger = log.New(io.Discard, "", 0) })

// Find returns the windows of display whose title matches pattern, ordered by
// title and id; none is no error. An empty display means $DISPLAY. The pattern is
// a part of the title, or with * or ? a pattern of the whole title, without
// regard to case. It takes a second at most, and returns a *Error if it cannot
// look.
func Find(display, pattern string) ([]Window, error) {
	quiet()
	if display == "" {
		display = os.Getenv("DISPLAY")
	}
	if display == "" {
		if os.Getenv("WAYLAND_DISPLAY") != "" {
			return nil, &Error{Reason: Wayland}
		}
		return nil, &Error{Reason: NoDisplay}
	}
	type answer struct {
		windows []Window
		err     error
	}
	done := make(chan answer, 1)
	s := &search{matches: matcher(pattern)}
	go func() {
		windows, err := s.run(display)
		done <- answer{windows, err}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case a := <-done:
		if a.err != nil {
			return nil, &Error{Display: display, Reason: Unreachable, Err: a.err}
		}
		return a.windows, nil
	case <-timer.C:
		s.close()
		return nil, &Error{Display: display, Reason: Slow}
	}
}

// matcher compiles a title pattern.
func matcher(pattern string) func(title string) bool {
	pattern = strings.ToLower(pattern)
	if !strings.ContainsAny(pattern, "*?") {
		return func(title string) bool { return strings.Contains(strings.ToLower(title), pattern) }
	}
	// path.Match stops at slashes and reads brackets and backslashes; titles have all three.
	mask := strings.NewReplacer("/", "\x00", "[", "\x01", "]", "\x02", `\`, "\x03")
	pattern = mask.Replace(pattern)
	return func(title string) bool {
		ok, err := path.Match(pattern, mask.Replace(strings.ToLower(title)))
		return ok && err == nil
	}
}

// search is one walk over the windows of a server.
type search struct {
	matches func(string) bool

	mu     sync.Mutex // guards conn and closed: the caller may give up
	conn   *xgb.Conn
	closed bool

	netName, netPID, utf8 xproto.Atom
	resource              bool
}

// close ends the connection, now or as soon as there is one.
func (s *search) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil && !s.closed {
		s.conn.Close()
	}
	s.closed = true
}

func (s *search) run(display string) ([]Window, error) {
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	gone := s.closed
	s.conn = conn
	s.mu.Unlock()
	if gone {
		conn.Close()
		return nil, errors.New("given up")
	}
	defer s.close()
	s.prepare()
	var ids []xproto.Window
	for _, root := range xproto.Setup(conn).Roots {
		ids = append(ids, root.Root)
	}
	all, err := s.descendants(ids)
	if err != nil {
		return nil, err
	}
	return s.named(all), nil
}

// prepare asks for the atoms and for the X-Resource extension.
func (s *search) prepare() {
	names := []string{"_NET_WM_NAME", "_NET_WM_PID", "UTF8_STRING"}
	into := []*xproto.Atom{&s.netName, &s.netPID, &s.utf8}
	cookies := make([]xproto.InternAtomCookie, len(names))
	for i, n := range names {
		cookies[i] = xproto.InternAtom(s.conn, true, uint16(len(n)), n)
	}
	for i, c := range cookies {
		if r, err := c.Reply(); err == nil {
			*into[i] = r.Atom
		}
	}
	if res.Init(s.conn) != nil {
		return
	}
	// QueryClientIds came with version 1.2.
	v, err := res.QueryVersion(s.conn, 1, 2).Reply()
	s.resource = err == nil && (v.ServerMajor > 1 || v.ServerMajor == 1 && v.ServerMinor >= 2)
}

// descendants returns the windows below ids, level by level. A window that went
// away in between is passed over.
func (s *search) descendants(ids []xproto.Window) ([]xproto.Window, error) {
	var all []xproto.Window
	level := ids
	for depth := 0; depth < maxDepth && len(level) > 0 && len(all) < maxWindows; depth++ {
		var next []xproto.Window
		for from := 0; from < len(level); from += batch {
			part := level[from:min(from+batch, len(level))]
			cookies := make([]xproto.QueryTreeCookie, len(part))
			for i, id := range part {
				cookies[i] = xproto.QueryTree(s.conn, id)
			}
			for i, c := range cookies {
				tree, err := c.Reply()
				if err != nil {
					if depth == 0 && i == 0 {
						return nil, err
					}
					continue
				}
				if tree != nil {
					next = append(next, tree.Children...)
				}
			}
		}
		level = next[:min(len(next), maxWindows-len(all))]
		all = append(all, level...)
	}
	return all, nil
}

// named returns those of the windows whose title matches, with their pids.
func (s *search) named(ids []xproto.Window) []Window {
	var found []Window
	seen := map[Window]bool{}
	for from := 0; from < len(ids); from += batch {
		part := ids[from:min(from+batch, len(ids))]
		net := make([]xproto.GetPropertyCookie, len(part))
		old := make([]xproto.GetPropertyCookie, len(part))
		pid := make([]xproto.GetPropertyCookie, len(part))
		for i, id := range part {
			net[i] = xproto.GetProperty(s.conn, false, id, s.netName, xproto.AtomAny, 0, maxTitle)
			old[i] = xproto.GetProperty(s.conn, false, id, xproto.AtomWmName, xproto.AtomAny, 0, maxTitle)
			pid[i] = xproto.GetProperty(s.conn, false, id, s.netPID, xproto.AtomCardinal, 0, 1)
		}
		for i, id := range part {
			title := s.title(net[i], old[i])
			stated := cardinal(pid[i])
			if title == "" || !s.matches(title) {
				continue
			}
			w := Window{Title: title, PID: stated}
			if w.PID == 0 {
				w.PID = s.clientPID(id)
			}
			// A toolkit may name a window and its inner one alike: one is enough.
			if key := w; w.PID == 0 || !seen[key] {
				seen[key] = true
				w.ID = uint32(id)
				found = append(found, w)
			}
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if found[i].Title != found[j].Title {
			return found[i].Title < found[j].Title
		}
		return found[i].ID < found[j].ID
	})
	return found
}

// title returns _NET_WM_NAME, else WM_NAME: Latin-1 unless its type says UTF-8.
func (s *search) title(net, old xproto.GetPropertyCookie) string {
	n, errNet := net.Reply()
	o, errOld := old.Reply()
	if errNet == nil && n != nil && n.Format == 8 && len(n.Value) > 0 {
		return strings.ToValidUTF8(strings.TrimRight(string(n.Value), "\x00"), "\uFFFD")
	}
	if errOld != nil || o == nil || o.Format != 8 {
		return ""
	}
	v := strings.TrimRight(string(o.Value), "\x00")
	if o.Type != xproto.AtomString {
		return strings.ToValidUTF8(v, "\uFFFD")
	}
	runes := make([]rune, len(v))
	for i := range runes {
		runes[i] = rune(v[i])
	}
	return string(runes)
}

func cardinal(c xproto.GetPropertyCookie) int {
	r, err := c.Reply()
	if err != nil || r == nil || r.Format != 32 || len(r.Value) < 4 {
		return 0
	}
	return int(xgb.Get32(r.Value))
}

// clientPID asks the server for the pid of the window's connection; 0 where the
// client is on another machine.
func (s *search) clientPID(id xproto.Window) int {
	if !s.resource {
		return 0
	}
	r, err := res.QueryClientIds(s.conn, 1, []res.ClientIdSpec{{Client: uint32(id), Mask: res.ClientIdMaskLocalClientPID}}).Reply()
	if err != nil || r == nil {
		return 0
	}
	for _, v := range r.Ids {
		if v.Spec.Mask == res.ClientIdMaskLocalClientPID && len(v.Value) == 1 {
			return int(v.Value[0])
		}
	}
	return 0
}
