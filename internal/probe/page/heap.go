package page

import (
	"context"
	"errors"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/report"
)

// Heap opens a page, waits until its Go program runs and looks at its heap several
// times, in copies of its memory. Errors: those of [Freeze], and [heap.Run].
func Heap(ctx context.Context, o Options, ho heap.Options) (*heap.Result, *evidence.Target, error) {
	s, err := open(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	var id evidence.Target
	ho.Source, ho.Limit = evidence.FromPage, "heap-page"
	res, err := heap.Copies(ctx, func() (heap.Copied, error) {
		c, err := s.answering(ctx)
		if err != nil {
			return heap.Copied{}, err
		}
		id = c.ID
		return heap.Copied{Target: c.target(), Stopped: c.held.Longest(), Close: c.Close}, nil
	}, ho)
	if err != nil {
		return nil, nil, err
	}
	return res, &id, nil
}

// Copy opens a page, copies the memory of its Go program and recognises it. The page
// is closed again.
func Copy(ctx context.Context, o Options) (*attach.Target, report.Probe, error) {
	start := time.Now()
	s, err := open(ctx, o)
	if err != nil {
		return nil, report.Probe{}, err
	}
	defer s.Close()
	c, err := s.answering(ctx)
	if err != nil {
		return nil, report.Probe{}, err
	}
	return c.Target, cost(start, c.held), nil
}

// TargetOf is what other probes take of a page's program.
func TargetOf(t *attach.Target) stacks.Target {
	return stacks.Target{Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
}

// answering copies the memory once the page's thread answers; a thread that computes is
// waited for, and so is a program that is started anew.
func (s *session) answering(ctx context.Context) (*opened, error) {
	for end := time.Now().Add(settles); ; {
		c, err := s.copied(ctx)
		again := errors.Is(err, wasm.ErrPageBusy) || errors.Is(err, wasm.ErrRestarted)
		if !again || time.Now().After(end) {
			return c, err
		}
	}
}
