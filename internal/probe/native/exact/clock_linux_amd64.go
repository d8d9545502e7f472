package exact

import "golang.org/x/sys/unix"

// counter is the processor's time stamp counter, by which events are timed.
func counter() uint64

// moment is one moment by both clocks.
type moment struct {
	counter uint64
	mono    int64
}

func now() moment {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return moment{counter(), ts.Nano()}
}

// Now is this moment as events are timed.
func Now() uint64 { return counter() }

// Clock returns what turns an event's time into CLOCK_MONOTONIC, in nanoseconds.
func (h *Hooks) Clock() func(when uint64) int64 {
	to := now()
	span := float64(to.counter - h.began.counter)
	return func(when uint64) int64 {
		if span == 0 {
			return to.mono
		}
		return h.began.mono + int64(float64(int64(when-h.began.counter))*float64(to.mono-h.began.mono)/span)
	}
}
