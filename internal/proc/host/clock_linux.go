package host

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	anyCPU    = -1
	clockTime = 10 * time.Millisecond // bounds the walk over the CPUs
)

// schedClocks reads the scheduler's clock (rq_clock_task in kernel/sched/core.c)
// of the CPUs that sleeping threads last ran on. Each CPU has its own: it stands
// still while a hypervisor or an interrupt has the CPU, and so the clocks drift
// apart by seconds over hours. There is no call to read it, but a thread that
// has just been put on a CPU finds it as its own se.exec_start.
func schedClocks(threads []Thread) map[int]time.Duration {
	done := make(chan map[int]time.Duration)
	go func() {
		// The thread is moved about, and ends with this goroutine: it is never unlocked.
		runtime.LockOSThread()
		var r reader
		clocks := map[int]time.Duration{}
		read := func(cpu int) {
			if t := schedTime(r.read("/proc/thread-self/sched"), "se.exec_start"); t > 0 {
				clocks[cpu] = t
			}
		}
		read(anyCPU)
		start := time.Now()
		for i := range threads {
			t := &threads[i]
			if _, ok := clocks[t.CPU]; ok || t.LastRan == 0 || time.Since(start) > clockTime {
				continue
			}
			var set unix.CPUSet
			set.Set(t.CPU)
			if unix.SchedSetaffinity(0, &set) == nil {
				read(t.CPU)
			}
		}
		done <- clocks
	}()
	return <-done
}
