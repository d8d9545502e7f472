package dev

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/reload/build"
	"github.com/gomedic/gomedic/internal/text"
)

// looksAfter is when nothing of a generation should be left: its scope has ended, and a
// toolkit's caches have let go of its widgets, which Fyne's do after a minute.
const looksAfter = 80 * time.Second

// The host itself keeps how components are built, to go back to it, and a package's own
// variables stay with its code: that much of a package that was replaced is no leftover,
// unless something else holds it.
const (
	keptObjects = 8
	keptBytes   = 512
)

// replaced notes which packages a generation replaces, and looks some time later, if
// nothing else is saved meanwhile, what is left of them.
func (s *session) replaced(ctx context.Context, g *build.Generation) {
	if s.live == nil {
		s.live, s.remaining = map[string]string{}, map[string]bool{}
	}
	for _, p := range g.Packages {
		old, again := s.live[p]
		if !again {
			old = p
		}
		s.gone = append(s.gone, old)
		s.live[p] = g.PluginPath + "/" + p
	}
	if s.o.Remains == nil {
		return
	}
	ctx, s.stopLooking = context.WithCancel(ctx)
	pid, gone, told := s.p.cmd.Process.Pid, append([]string(nil), s.gone...), s.remaining
	done := make(chan struct{})
	stop := s.stopLooking
	s.stopLooking = func() {
		stop()
		<-done
	}
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.o.LooksAfter):
		}
		all, err := s.o.Remains(ctx, pid, gone)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			if !told[""] {
				told[""] = true
				s.o.Say(text.T("dev.no-look", err.Error()))
			}
			return
		}
		c := &Chain{Schema: Schema, N: s.number(), At: time.Now(), Files: []string{}, began: time.Now(), Action: "report"}
		for _, r := range all {
			if !r.Elsewhere && r.Objects <= keptObjects && r.Bytes <= keptBytes {
				continue
			}
			if !told[r.Package] {
				told[r.Package] = true
				c.Remains = append(c.Remains, r)
			}
		}
		if len(c.Remains) > 0 {
			c.end()
			s.tell(c)
		}
	}()
}

// lookNoMore ends a look that waits, or goes on.
func (s *session) lookNoMore() {
	if s.stopLooking != nil {
		s.stopLooking()
		s.stopLooking = nil
	}
}
