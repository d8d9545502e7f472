package frames

import (
	"hash/maphash"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// bySample tells by a look what the probes would have told: which part of a frame
// goes on, and that one has ended since the last look.
func (w *watcher) bySample(at time.Duration, u *evidence.UIGoroutine, g *gort.Goroutine, e *evidence.Goroutine, activity evidence.Activity,
	cause evidence.LateCause) {
	if len(e.Frames) == 0 {
		return
	}
	l := w.asm.loops[u.Goroutine]
	was := l != nil && l.drawing
	drawing := false
	var turn toolkit.Turn
	for _, f := range e.Frames {
		for i := range w.t.Toolkit.Marks {
			if m := &w.t.Toolkit.Marks[i]; turn.Part == "" && m.Enter.Part != "" && m.Match.Match(f.Function) {
				turn.Part = m.Enter.Part
			}
		}
		for i := range w.t.Toolkit.Frames {
			drawing = drawing || w.t.Toolkit.Frames[i].Match.Match(f.Function)
		}
	}
	var turns []toolkit.Turn
	now := suspended(g, w.t.Toolkit.Frames)
	if was && (!drawing || w.wentRound(u.Goroutine, now)) {
		turns = append(turns, toolkit.Turn{Frame: true})
	}
	switch {
	case activity == evidence.Idle && !drawing, w.shortWait(g, cause):
		turn = toolkit.Turn{Idle: true}
	default:
		turn.Busy = true
	}
	if l != nil && u.Locked {
		w.missed(l, at, g.CgoCalls, len(turns) > 0)
	}
	w.asm.pass(at, u.Goroutine, g.Addr, e.Thread, append(turns, turn))
	w.asm.loops[u.Goroutine].drawing = drawing
	w.calls[u.Goroutine] = now
}

// inCall is a call on a stack that has not returned: its place, and a digest of
// its frame.
type inCall struct {
	pc    uint64
	depth uint64 // of the frame, from the stack's end
	words uint64
}

// suspended are the calls that wait for another to return, outermost first, as
// far as the one that makes the frame: within it, a loop may reach the same call
// again.
func suspended(g *gort.Goroutine, frame []toolkit.Func) []inCall {
	var calls []inCall
	for i := len(g.Frames) - 1; i > 0; i-- {
		f := &g.Frames[i]
		if slices.ContainsFunc(frame, func(d toolkit.Func) bool { return d.Match.Match(f.Func.Name()) }) {
			break
		}
		c := inCall{pc: f.PC, depth: g.Stack.Hi - f.SP}
		var h maphash.Hash
		h.SetSeed(frameSeed)
		g.Words(f.SP, f.CFA, func(_, word uint64) {
			if word >= g.Stack.Lo && word <= g.Stack.Hi { // stacks move
				word = g.Stack.Hi - word
			}
			maphash.WriteComparable(&h, word)
		})
		c.words = h.Sum64()
		calls = append(calls, c)
	}
	return calls
}

var frameSeed = maphash.MakeSeed()

// wentRound: between two looks that both found a frame being drawn the loop has
// gone round. A call that has not returned leaves its caller's frame as it is; a
// frame that changed while it stood at the same call was reached anew.
func (w *watcher) wentRound(goid uint64, now []inCall) bool {
	before := w.calls[goid]
	for i := range min(len(before), len(now)) {
		if before[i].pc != now[i].pc || before[i].depth != now[i].depth {
			return false
		}
		if before[i].words != now[i].words {
			return true
		}
	}
	return false
}

// shortWait: a loop of the user's own waits for a timer, and not for longer than
// from one frame to the next. What it drew before may not have been seen.
func (w *watcher) shortWait(g *gort.Goroutine, cause evidence.LateCause) bool {
	if len(w.t.Toolkit.LoopCalls) == 0 || cause != evidence.CauseSleep && cause != evidence.CausePace {
		return false
	}
	run := w.timers[g.ID]
	if run.turns != g.Turns || run.from == 0 {
		left := time.Duration(w.t.Program.WakesAt(g) - monotonic())
		run = timerWait{turns: g.Turns, from: w.now(), short: left <= w.out.Period*3/2}
		w.timers[g.ID] = run
	}
	return run.short
}

// timerWait is one wait for a timer.
type timerWait struct {
	turns uint8
	from  time.Duration
	short bool // it was to end within a period and a half
}
