package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// askHolder finds out who keeps the UI waiting. All goroutines are read for that,
// so it is done once for each place, and not too often.
func (w *watcher) askHolder(s *evidence.FrameSample, key codePlace) {
	const pause = 40 * time.Millisecond
	switch s.Cause {
	case evidence.CauseLock, evidence.CauseCond, evidence.CauseChannel:
	default:
		return
	}
	if w.holders[key] || w.now()-w.lastAsk < pause && w.lastAsk > 0 {
		return
	}
	// A holder that computes is seen only with its thread stopped for a moment.
	o := w.reading()
	if o.Stopper == nil && !w.o.NoStop && w.free() {
		o.Stopper = w.tracer
	}
	snap, gs, err := w.reader.Snapshot(o)
	if err != nil {
		return
	}
	w.lastAsk = w.now()
	var best *evidence.Hold
	holds := w.reader.Holders(snap, gs, w.ui, s.Goroutine)
	for i := range holds {
		if holds[i].Waiter == s.Goroutine && (best == nil || holds[i].Confidence > best.Confidence) {
			best = &holds[i]
		}
	}
	if best == nil || best.Confidence < 0.5 {
		return
	}
	at := slices.IndexFunc(gs, func(g evidence.Goroutine) bool { return g.ID == best.Holder })
	if at < 0 {
		return
	}
	w.holders[key] = true
	b := w.blocked[key]
	if b == nil {
		b = &evidence.BlockingCall{Cause: s.Cause, Stack: s.Stack, Place: s.Place}
		w.blocked[key] = b
	}
	b.Goroutine = s.Goroutine
	b.Holder, b.HolderStack, b.HolderState = best.Holder, w.intern(gs[at].Frames), gs[at].WaitReason
	if b.HolderState == "" {
		b.HolderState = gs[at].Status
	}
	frame := best.Frame
	if s.Cause != evidence.CauseLock { // it is to send, or to finish: what it does now decides
		frame = -1
	}
	b.HolderPlace = w.holderPlace(b.HolderStack, frame)
}

// holderPlace is the user's frame from which the lock is held.
func (w *watcher) holderPlace(stack, frame int) int {
	if stack < 0 {
		return -1
	}
	frames := w.out.Stacks[stack]
	for i := max(frame, 0); frame >= 0 && i < len(frames); i++ {
		if frames[i].Origin == evidence.OriginUser && !toolkit.IsGenerated(frames[i]) {
			return i
		}
	}
	return toolkit.UserFrame(frames)
}
