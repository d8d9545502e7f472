package frames

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc/host"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// drawing is how long the threads of a driver that draws on the CPU had run when a frame
// had come to take long.
type drawing struct {
	from time.Duration
	ran  map[int]time.Duration // by thread
}

// draws notes that for the frames that have come to take long.
func (w *watcher) draws(long []*loopState) {
	if w.host == nil || len(w.host.rasters) == 0 || w.o.Quick {
		return
	}
	for _, l := range long {
		if d, ok := w.drawings[l.goroutine]; !ok || d.from < l.start {
			w.drawings[l.goroutine] = drawing{w.now(), host.Ran(w.host.pid, w.host.rasters)}
		}
	}
}

// drew is for how long the driver has drawn on the CPU in a frame that has just ended, from
// when on it took long: by the thread that had most to do. It is an upper bound, and the
// whole frame where that is not known.
func (w *watcher) drew(f *evidence.FrameTime) time.Duration {
	d := w.drawings[f.Goroutine]
	if d.from < f.Start || d.from > f.End || len(d.ran) == 0 {
		return f.End - f.Start
	}
	var most time.Duration
	for tid, ran := range host.Ran(w.host.pid, w.host.rasters) {
		most = max(most, ran-d.ran[tid])
	}
	return most
}

// rasters are the threads with which the driver draws on the CPU.
func rasters(s *host.Snapshot) []int {
	var out []int
	for i := range s.Threads {
		if toolkit.RasterThread(s.Threads[i].Name) {
			out = append(out, s.Threads[i].TID)
		}
	}
	return out
}

// denied: the program's threads were ready for longer than they ran, all in all.
func denied(threads []evidence.Thread) bool {
	var ran, ready time.Duration
	for i := range threads {
		ran += threads[i].Ran
		ready += threads[i].Delayed
	}
	return ready > ran
}
