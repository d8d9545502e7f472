package diagnose

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// computing are the freezes of a UI goroutine that computes, or would like to.
func computing() map[string]scene {
	busy := func(ran time.Duration, frames ...[]evidence.Frame) scene {
		s := fyneScene()
		for _, f := range frames {
			s = s.watch(100/len(frames), evidence.User, running, "", f, 0, 9)
		}
		s.Freeze.Threads[0].Ran, s.Freeze.Threads[0].State = ran, "R"
		return s.ends(running, "", frames[len(frames)-1])
	}
	cpu, parse := inCallback("main.filter"), inCallback("strings.Index", "main.parse")
	alloc, assist := inCallback("runtime.mallocgc", "main.parse"), inCallback("runtime.gcAssistAlloc", "runtime.mallocgc", "main.parse")
	tree := inCallback(fyneLay)
	return map[string]scene{
		"cpu":           busy(time.Second, cpu),
		"cpu shared":    busy(time.Second, cpu, cpu, parse),
		"cpu and alloc": busy(time.Second, parse, parse, parse, alloc),
		"alloc":         busy(time.Second, parse, alloc, alloc),
		"assist":        busy(time.Second, parse, parse, parse, parse, assist),
		"layout":        busy(time.Second, tree, tree, cpu),
		"layout alone":  fyneScene().watch(100, evidence.User, running, "", pumpStack, 0, 9).ends(running, "", pumpStack),
		"image": busy(time.Second, calls("image/png.Decode", "image.Decode", "fyne.io/fyne/v2/canvas.(*Image).Refresh", "main.onTap", fyneTap,
			fyneGL, "main.main")),
		"cgo runs": busy(time.Second, inCallback("runtime.cgocall", "main._Cfunc_encode")),
		"cpu and sleep": fyneScene().watch(60, evidence.User, running, "", cpu, 0, 9).
			watch(40, evidence.User, waiting, "sleep", inCallback("time.Sleep"), 0, 9).ends(running, "", cpu),
		"delayed": busy(100*time.Millisecond, cpu).with(func(ev *evidence.Evidence) {
			ev.Freeze.Threads[0].Delayed = 900 * time.Millisecond
			ev.Freeze.Sched.OthersCPU = 1.8
		}),
		"throttled": busy(200*time.Millisecond, cpu).with(func(ev *evidence.Evidence) {
			ev.Freeze.Sched.Throttled, ev.Freeze.Sched.Quota = 800*time.Millisecond, 0.25
		}),
		"starved by goroutines": starved(4, 1, 0),
		"starved, one CPU":      starved(0, 1, 0),
		"starved by others":     starved(0, 2, 1.9),
		"preempted": fyneScene().watch(100, evidence.Idle, evidence.StatusPreempted, "preempted", idleStack, 0, 0).
			ends(evidence.StatusPreempted, "preempted", idleStack),
		"timer overdue":               overdue(100).goroutine(worker(20, running, "", "main.crunch")),
		"lock, holder not run":        heldBy(4, running, runnable, runnable, runnable, runnable),
		"lock, holder works":          heldBy(4, running),
		"lock, holder now and then":   heldBy(4, running, running, running, runnable),
		"lock, holder waits":          heldBy(4, waiting, waiting, runnable),
		"lock, holder hardly seen":    heldBy(4, "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", runnable),
		"lock, holder seen but later": heldBy(4, "", runnable),
		"stopped":                     fyneScene().idle(100).ends(waiting, "select", idleStack).suspended(evidence.BySignal),
		"paused": fyneScene().frozen(waiting, "sync.Mutex.Lock", inCallback("sync.(*Mutex).Lock")).
			suspended(evidence.ByCgroup),
	}
}

// heldBy is a UI that waits for a lock for a second, whose holder is seen in the
// states in turn, with n goroutines that compute.
func heldBy(n int, states ...string) scene {
	s := fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, runnable, "", "main.sync")).holds(hold(uiID, 20, mutexA, 0.9))
	for i := range s.Freeze.Points {
		s.Freeze.Points[i].Holder = states[i%len(states)]
	}
	for i := range n {
		s = s.goroutine(worker(uint64(30+i), runnable, "", "main.crunch"))
	}
	s.Freeze.Sched = evidence.Sched{GOMAXPROCS: 1, CPUs: 2, Runnable: n}
	return s
}

// overdue is a loop that waits for n samples for a timer that was due before.
func overdue(n int) scene {
	s := fyneScene().idle(n).ends(waiting, "select", idleStack)
	for i := range s.Freeze.Points {
		s.Freeze.Points[i].Instance = 7
		s.Freeze.Points[i].Overdue = 50*time.Millisecond + s.Freeze.Points[i].At
	}
	return s
}

func (s scene) suspended(how evidence.Suspension) scene {
	s.Freeze.Sched.Suspended = how
	s.Freeze.Threads[0].State, s.Freeze.Threads[0].AsleepFor = "T", 3*time.Second
	return s
}

// starved is a loop that is ready to run for a second, with n goroutines that
// run instead.
func starved(n, maxprocs int, others float64) scene {
	s := fyneScene().watch(100, evidence.Idle, runnable, "", idleStack, 0, 0).ends(runnable, "", idleStack)
	for i := range n {
		s = s.goroutine(worker(uint64(20+i), runnable, "", "main.crunch"))
	}
	s.Freeze.Sched = evidence.Sched{GOMAXPROCS: maxprocs, CPUs: 2, OthersCPU: others, Runnable: n}
	return s
}
