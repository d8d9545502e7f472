package frames

import (
	"hash/maphash"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// intern keeps each stack once.
func (w *watcher) intern(frames []evidence.Frame) int {
	if len(frames) == 0 {
		return -1
	}
	var h maphash.Hash
	h.SetSeed(w.seed)
	for i := range frames {
		maphash.WriteComparable(&h, frames[i].PC)
		maphash.WriteComparable(&h, frames[i].Inlined)
		h.WriteString(frames[i].Function)
	}
	key := h.Sum64()
	if i, ok := w.stackAt[key]; ok {
		return i
	}
	if len(w.out.Stacks) >= maxStacks {
		return -1
	}
	w.out.Stacks = append(w.out.Stacks, frames)
	w.placeAt = append(w.placeAt, notPlaced)
	w.stackAt[key] = len(w.out.Stacks) - 1
	return len(w.out.Stacks) - 1
}

// place is the user's frame of a stack, -1 for none.
func (w *watcher) place(stack int) int {
	if stack < 0 {
		return -1
	}
	if w.placeAt[stack] == notPlaced {
		w.placeAt[stack] = toolkit.UserFrame(w.out.Stacks[stack])
	}
	return w.placeAt[stack]
}

const notPlaced = -2

// stackState is all that a cause is told by.
type stackState struct {
	status, reason string
	stack          int
}

func (w *watcher) cause(status, reason string, stack int) evidence.LateCause {
	if w.o.Cause == nil {
		return evidence.CauseUnknown
	}
	key := stackState{status, reason, stack}
	c, known := w.causes[key]
	if !known {
		c = w.causeOf(status, reason, stack)
		w.causes[key] = c
	}
	return c
}

func (w *watcher) causeOf(status, reason string, stack int) evidence.LateCause {
	var frames []evidence.Frame
	if stack >= 0 {
		frames = w.out.Stacks[stack]
	}
	return w.o.Cause(status, reason, frames)
}
