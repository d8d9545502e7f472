package dev

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/proc/xplace"
)

// screen is where the windows of a program are, so that those of the next come there.
type screen struct {
	d       *xplace.Display
	windows []xplace.Window
	active  uint32
	had     bool // the program had the keyboard
}

// look notes the windows of a process. nil: there is no X display, or it has none.
func look(pid int) *screen {
	d, err := xplace.Dial("")
	if err != nil {
		return nil
	}
	s := &screen{d: d, active: d.Active()}
	for _, w := range d.Windows(pid) {
		if w.Shown {
			s.windows = append(s.windows, w)
			s.had = s.had || w.ID == s.active
		}
	}
	return s
}

func (s *screen) close() {
	if s != nil {
		s.d.Close()
	}
}

// place puts the windows of a process where those of the one before were: the one of
// the same title, else the next. It reports whether one was found. The keyboard goes
// back to who had it, unless that was the program.
func (s *screen) place(pid int) bool {
	if s == nil {
		return false
	}
	all := s.d.Windows(pid)
	left := append([]xplace.Window(nil), s.windows...)
	found := false
	for _, w := range all {
		found = found || w.Shown
		if !w.Shown || len(left) == 0 {
			continue
		}
		at := 0
		for i := range left {
			if left[i].Title == w.Title {
				at = i
				break
			}
		}
		if left[at].Rect != w.Rect {
			_ = s.d.Put(w.ID, left[at].Rect)
		}
		if now := s.d.Active(); now == w.ID && !s.had && s.active != 0 && s.active != w.ID {
			_ = s.d.Activate(s.active)
		} else if s.had && now != w.ID {
			_ = s.d.Activate(w.ID)
		}
		left = append(left[:at], left[at+1:]...)
	}
	return found
}

// shows waits until the process shows a window.
func shows(ctx context.Context, pid int) bool {
	d, err := xplace.Dial("")
	if err != nil {
		return false
	}
	defer d.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, w := range d.Windows(pid) {
			if w.Shown {
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
