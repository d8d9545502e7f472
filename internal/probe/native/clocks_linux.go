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
