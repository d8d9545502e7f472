package native

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// delays is for how long each thread has been ready to run and was not run, in all.
func (r *runner) delays() map[int]time.Duration {
	out := map[int]time.Duration{}
	tids, err := r.t.Process.Threads()
	if err != nil {
		return out
	}
	for _, tid := range tids[:min(len(tids), 256)] {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(r.t.Process.ExePath()), "task", strconv.Itoa(tid), "schedstat"))
		var ran, delayed int64
		if n, _ := fmt.Sscan(string(b), &ran, &delayed); err == nil && n == 2 {
			out[tid] = time.Duration(delayed)
		}
	}
	return out
}

// could is how much of a time a thread could have used: on a busy machine less than all
// of it, and what recording takes weighs the more.
func (r *runner) could(before map[int]time.Duration, all time.Duration) time.Duration {
	var most time.Duration
	for tid, d := range r.delays() {
		if was, ok := before[tid]; ok {
			most = max(most, d-was)
		}
	}
	return max(all-most, all/10)
}

// measured notes what the program has done in the window so far.
func (r *runner) measured(rec recorder) {
	if rec == nil {
		return
	}
	a, f := rec.Counts()
	r.undisturbed.events += a + f - r.begun
	r.undisturbed.cpu += cpuTime(r.t.Process.PID) - r.window
}

// without takes what the recording took, eventCost for each event, out of the program's
// CPU times: half, at most, since that is an estimate. What the program could not do
// while it was copied is left out of the time of the windows as well.
func (r *runner) without(eventCost time.Duration) {
	const few = 1000 // events that tell no rate
	less := func(cpu time.Duration, events uint64) time.Duration {
		return cpu - min(time.Duration(events)*eventCost, cpu/2)
	}
	out := r.out.Recording
	events := out.Allocated + out.Freed
	on := less(r.onCPU, events)
	if u := r.undisturbed; u.events >= few {
		on = min(on, time.Duration(float64(less(u.cpu, u.events))*float64(events)/float64(u.events)))
	}
	out.CPU = max(out.CPU-(r.onCPU-on), on)
	out.OnCPU = on
}

// cpuTime is the CPU time that a process has used, all its threads together; 0: not
// known. The clock's number is as clock_getcpuclockid(3) makes it.
func cpuTime(pid int) time.Duration {
	const sched = 2 // CPUCLOCK_SCHED (include/linux/posix-timers_types.h)
	var ts unix.Timespec
	if unix.ClockGettime(int32(^pid<<3|sched), &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// monotonic is the clock by which the kernel's programs tell the time.
func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}
