// Package xscreen asks an X server how often its screens are refreshed, by the
// RandR extension (randrproto, 1.2). It changes nothing, and knows nothing of
// programs. Start at [Period].
package xscreen

import (
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// timeout bounds the whole question.
const timeout = 500 * time.Millisecond

// ErrUnknown is returned where the server names no rate: a server without a real
// screen, such as Xvfb.
var ErrUnknown = errors.New("the X server names no refresh rate")

var quiet = sync.OnceFunc(func() { xgb.Logger = log.New(io.Discard, "", 0) })

// Period returns the time between two refreshes of a display's slowest active
// screen: a window may be on any of them, and one that keeps up with the slowest
// is not called late. display is as in $DISPLAY.
func Period(display string) (time.Duration, error) {
	quiet()
	if display == "" {
		return 0, ErrUnknown
	}
	type answer struct {
		period time.Duration
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		conn, err := xgb.NewConnDisplay(display)
		if err != nil {
			done <- answer{0, err}
			return
		}
		defer conn.Close()
		p, err := ask(conn)
		done <- answer{p, err}
	}()
	select {
	case a := <-done:
		return a.period, a.err
	case <-time.After(timeout):
		return 0, fmt.Errorf("the X server at %s did not answer within %v", display, timeout)
	}
}

func ask(conn *xgb.Conn) (time.Duration, error) {
	if err := randr.Init(conn); err != nil {
		return 0, err
	}
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	res, err := randr.GetScreenResourcesCurrent(conn, root).Reply()
	if err != nil {
		return 0, err
	}
	modes := make(map[uint32]randr.ModeInfo, len(res.Modes))
	for _, m := range res.Modes {
		modes[m.Id] = m
	}
	var slowest time.Duration
	for _, id := range res.Crtcs {
		crtc, err := randr.GetCrtcInfo(conn, id, res.ConfigTimestamp).Reply()
		if err != nil || crtc.Mode == 0 {
			continue
		}
		if m, ok := modes[uint32(crtc.Mode)]; ok {
			slowest = max(slowest, period(m))
		}
	}
	if slowest == 0 {
		return 0, ErrUnknown
	}
	return slowest, nil
}

// period of a mode: its lines and columns with the blanking, by its pixel clock.
func period(m randr.ModeInfo) time.Duration {
	lines := float64(m.Vtotal)
	if m.ModeFlags&randr.ModeFlagDoubleScan != 0 {
		lines *= 2
	}
	if m.ModeFlags&randr.ModeFlagInterlace != 0 {
		lines /= 2
	}
	if m.DotClock == 0 || m.Htotal == 0 || lines == 0 {
		return 0
	}
	p := time.Duration(float64(m.Htotal) * lines / float64(m.DotClock) * float64(time.Second))
	if p < time.Second/1000 || p > time.Second/10 {
		return 0 // no screen that a person looks at
	}
	return p
}
