package diagnose

import (
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// made is evidence made by hand for one branch of the rules.
type made struct {
	name string
	ev   func() *evidence.Evidence
}

const (
	uiID    = 1
	fyneGL  = "fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).runGL"
	fyneTap = "fyne.io/fyne/v2/widget.(*Button).Tapped"
	fyneLay = "fyne.io/fyne/v2/widget.(*Tree).Refresh"
)

// origins by the beginning of a function's name; the first that matches.
func originOf(function string) evidence.Origin {
	switch pkg := packageOf(function); {
	case pkg == "main":
		return evidence.OriginUser
	case pkg == "runtime":
		return evidence.OriginRuntime
	case pkg == "C":
		return evidence.OriginC
	case len(pkg) > 8 && (pkg[:8] == "fyne.io/" || pkg[:8] == "gioui.or"), len(pkg) > 20 && pkg[:20] == "github.com/hajimehos":
		return evidence.OriginToolkit
	case len(pkg) > 11 && pkg[:11] == "github.com/":
		return evidence.OriginDependency
	}
	return evidence.OriginStd
}

func packageOf(function string) string {
	slash := 0
	for i := range function {
		if function[i] == '/' {
			slash = i
		}
	}
	for i := slash; i < len(function); i++ {
		if function[i] == '.' {
			return function[:i]
		}
	}
	return function
}

// calls makes a stack of functions, innermost first. "C.f" is the C function f.
func calls(functions ...string) []evidence.Frame {
	out := make([]evidence.Frame, len(functions))
	for i, f := range functions {
		out[i] = evidence.Frame{Function: f, Package: packageOf(f), Origin: originOf(f), File: "src/" + packageOf(f) + "/file.go",
			Line: 10 + i, SP: 0xc000100000 + uint64(i)*64}
		if out[i].Origin == evidence.OriginC {
			out[i].Function = strings.TrimPrefix(f, "C.")
		}
	}
	return out
}

// inCallback is a stack that the user's main.onTap stands on, with inner below.
func inCallback(inner ...string) []evidence.Frame {
	return calls(append(inner, "main.onTap", fyneTap, fyneGL, "main.main", "runtime.main")...)
}

var (
	idleStack = calls("runtime.gopark", "runtime.selectgo", fyneGL, "main.main", "runtime.main")
	pumpStack = calls(fyneLay, "fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).repaintWindow", fyneGL, "main.main", "runtime.main")
)

// scene is a Fyne program whose UI goroutine is watched.
type scene struct{ *evidence.Evidence }

func fyneScene() scene {
	return scene{&evidence.Evidence{
		Target: evidence.Target{Kind: evidence.KindProcess, PID: 4711, Name: "orders", Go: "go1.26.8", Toolkit: "fyne", ToolkitVersion: "v2.7.1"},
		Freeze: &evidence.Freeze{
			UI: []evidence.UIGoroutine{{Goroutine: uiID, Role: evidence.RoleUI, Toolkit: "fyne", Loop: fyneGL, MustLock: "main", Locked: true, OnMain: true}},
			Threads: []evidence.Thread{
				{TID: 4711, State: "S", Goroutine: uiID},
			},
			Sched: evidence.Sched{GOMAXPROCS: 2, CPUs: 2},
		},
	}}
}

// watch adds n samples of the UI goroutine 10 ms apart, all alike.
func (s scene) watch(n int, a evidence.Activity, status, reason string, frames []evidence.Frame, instance, progress uint64) scene {
	f := s.Freeze
	f.Stacks = append(f.Stacks, frames)
	for range n {
		f.Points = append(f.Points, evidence.Point{At: f.Took, Goroutine: uiID, Status: status, WaitReason: reason, Activity: a,
			Stack: len(f.Stacks) - 1, Instance: instance, Progress: progress})
		f.Took += 10 * time.Millisecond
	}
	return s
}

func (s scene) idle(n int) scene {
	return s.watch(n, evidence.Idle, evidence.StatusWaiting, "select", idleStack, 0, 0)
}

// ends says how the UI goroutine stands at the end.
func (s scene) ends(status, reason string, frames []evidence.Frame, waitsOn ...evidence.Object) scene {
	return s.goroutine(evidence.Goroutine{ID: uiID, Status: status, WaitReason: reason, Thread: 4711, Locked: true, Frames: frames, WaitsOn: waitsOn})
}

func (s scene) goroutine(g evidence.Goroutine) scene {
	s.Freeze.Goroutines = append(s.Freeze.Goroutines, g)
	s.Freeze.Earlier = append(s.Freeze.Earlier, evidence.Goroutine{ID: g.ID, Status: g.Status, WaitReason: g.WaitReason})
	return s
}

// connections adds one of net/http's for each of the goroutines.
func (s scene) connections(ids ...uint64) scene {
	for _, id := range ids {
		s = s.goroutine(worker(id, waiting, "IO wait", "net.(*conn).Read", "net/http.(*persistConn).readLoop"))
		s.Freeze.Sockets = append(s.Freeze.Sockets, evidence.Socket{Goroutine: id, FD: int(id), Kind: "tcp", Remote: fmt.Sprintf("127.0.0.1:%d", id)})
	}
	return s
}

func (s scene) with(f func(*evidence.Evidence)) scene { f(s.Evidence); return s }

// frozen is a UI goroutine that stands at one place for a second.
func (s scene) frozen(status, reason string, frames []evidence.Frame, waitsOn ...evidence.Object) scene {
	return s.watch(100, evidence.User, status, reason, frames, 7, 9).ends(status, reason, frames, waitsOn...)
}

// worker is a goroutine of the user's that stands in main.worker.
func worker(id uint64, status, reason string, inner ...string) evidence.Goroutine {
	return evidence.Goroutine{ID: id, Status: status, WaitReason: reason,
		Frames:  calls(append(inner, "main.worker", "main.start.func1")...),
		Created: &evidence.Frame{Function: "main.start", Package: "main", Origin: evidence.OriginUser, File: "start.go", Line: 3}}
}

func hold(waiter, holder uint64, o evidence.Object, confidence float64, reasons ...string) evidence.Hold {
	if len(reasons) == 0 {
		reasons = []string{evidence.HoldBetweenLockAndUnlock}
	}
	return evidence.Hold{Waiter: waiter, Holder: holder, Object: o, Frame: 1, Confidence: confidence, Reasons: reasons}
}

func (s scene) holds(hs ...evidence.Hold) scene {
	s.Freeze.Holds = append(s.Freeze.Holds, hs...)
	return s
}

var (
	mutexA    = evidence.Object{Kind: "mutex", Addr: 0xc0000a0000}
	mutexB    = evidence.Object{Kind: "mutex", Addr: 0xc0000b0000}
	writer    = evidence.Object{Kind: "rwmutex", Addr: 0xc0000c0000, Note: "writer"}
	once      = evidence.Object{Kind: "once", Addr: 0xc0000d0000}
	group     = evidence.Object{Kind: "waitgroup", Addr: 0xc0000e0000, Note: "2 still to come"}
	condition = evidence.Object{Kind: "cond", Addr: 0xc0000f0000}
	channel   = evidence.Object{Kind: "chan", Addr: 0xc000110000, Dir: "receive"}
	another   = evidence.Object{Kind: "chan", Addr: 0xc000120000, Dir: "receive"}
	timer     = evidence.Object{Kind: "chan", Addr: 0xc000130000, Note: "timer"}
	theUI     = evidence.Object{Kind: "ui", Note: string(evidence.RoleUI)}
)

const (
	running  = evidence.StatusRunning
	runnable = evidence.StatusRunnable
	waiting  = evidence.StatusWaiting
	inCall   = evidence.StatusSyscall
)

var lockStack = inCallback("runtime.gopark", "sync.(*Mutex).Lock")

// waits are the freezes that a parked UI goroutine shows, by name.
func waits() map[string]scene {
	lock := func(reason string, o evidence.Object, inner ...string) scene {
		return fyneScene().frozen(waiting, reason, inCallback(append([]string{"runtime.gopark"}, inner...)...), o)
	}
	held := func(s scene, o evidence.Object, reasons ...string) scene {
		return s.goroutine(worker(20, waiting, "sleep", "time.Sleep")).holds(hold(uiID, 20, o, 0.9, reasons...))
	}
	return map[string]scene{
		"sleep":                lock("sleep", evidence.Object{Kind: "timer"}, "time.Sleep"),
		"timer channel":        lock("chan receive", timer),
		"mutex":                held(lock("sync.Mutex.Lock", mutexA, "sync.(*Mutex).Lock"), mutexA),
		"mutex gone":           lock("sync.Mutex.Lock", mutexA, "sync.(*Mutex).Lock"),
		"mutex unread":         fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack),
		"semacquire mutex":     held(lock("semacquire", mutexA, "sync.(*Mutex).Lock"), mutexA),
		"semacquire waitgroup": held(lock("semacquire", group, "sync.(*WaitGroup).Wait"), group, evidence.HoldWouldServe),
		"semacquire bare":      lock("semacquire", evidence.Object{Kind: "sema", Addr: 0xc000140000}),
		"writer":               held(lock("sync.RWMutex.Lock", writer, "sync.(*RWMutex).Lock"), writer, evidence.HoldCalleeLocks),
		"writer holds itself":  lock("sync.RWMutex.Lock", writer, "sync.(*RWMutex).Lock").holds(hold(uiID, uiID, writer, 0.9, evidence.HoldSelf)),
		"once":                 held(lock("sync.Mutex.Lock", once, "sync.(*Mutex).Lock", "sync.(*Once).doSlow"), once, evidence.HoldOnStack),
		"cond":                 held(lock("sync.Cond.Wait", condition, "sync.(*Cond).Wait"), condition, evidence.HoldWouldServe),
		"cond nobody":          lock("sync.Cond.Wait", condition, "sync.(*Cond).Wait"),
		"waitgroup":            held(lock("sync.WaitGroup.Wait", group, "sync.(*WaitGroup).Wait"), group, evidence.HoldInClosure),
		"waitgroup nobody":     lock("sync.WaitGroup.Wait", group, "sync.(*WaitGroup).Wait"),
		"waitgroup many": held(lock("sync.WaitGroup.Wait", group, "sync.(*WaitGroup).Wait"), group).
			goroutine(worker(21, waiting, "sleep", "time.Sleep")).holds(hold(uiID, 21, group, 0.88, evidence.HoldInRegister)),
		"receive":         held(lock("chan receive", channel, "runtime.chanrecv1"), channel, evidence.HoldInObject),
		"receive nobody":  lock("chan receive", channel, "runtime.chanrecv1"),
		"send":            held(lock("chan send", channel, "runtime.chansend1"), channel, evidence.HoldGlobal),
		"send nobody":     lock("chan send", channel, "runtime.chansend1"),
		"select":          held(lock("select", channel, "runtime.selectgo"), channel, evidence.HoldWouldServe),
		"select nobody":   lock("select", channel, "runtime.selectgo"),
		"select no cases": lock("select (no cases)", evidence.Object{Kind: "chan"}, "runtime.block"),
		"nil channel":     lock("chan receive (nil chan)", evidence.Object{Kind: "chan"}),
		"unknown wait":    lock("coroutine", evidence.Object{Kind: "coro"}),
		"network":         lock("IO wait", evidence.Object{Kind: "fd", Note: "7"}, "internal/poll.(*FD).Read", "net.(*conn).Read"),
		"network remote": lock("IO wait", evidence.Object{Kind: "fd", Note: "7"}, "internal/poll.(*FD).Read", "net.(*conn).Read").
			with(func(ev *evidence.Evidence) {
				ev.Freeze.Sockets = []evidence.Socket{{Goroutine: uiID, FD: 7, Kind: "tcp", Local: "127.0.0.1:4000", Remote: "127.0.0.1:5432"}}
			}),
		"network by another's socket": lock("select", channel, "net/http.(*persistConn).roundTrip").connections(44),
		"network, two sockets":        lock("select", channel, "net/http.(*persistConn).roundTrip").connections(44, 45),
		"network, the right one": lock("select", channel, "net/http.(*persistConn).roundTrip").connections(44, 45).
			holds(hold(uiID, 45, channel, 0.9)),
		"database pool":       lock("select", channel, "database/sql.(*DB).conn", "database/sql.(*DB).QueryContext").connections(44),
		"database lock":       lock("sync.Mutex.Lock", channel, "sync.(*Mutex).Lock", "database/sql.withLock"),
		"database by channel": lock("chan receive", channel, "github.com/acme/driver.(*conn).Query", "database/sql.(*DB).QueryContext"),
		"server shuts down": lock("select", evidence.Object{Kind: "chan", Addr: 0xc000900000, Note: "timer"},
			"net/http.(*Server).Shutdown"),
		"coroutine": lock("coroutine", evidence.Object{Kind: "coroutine"}, "runtime.coroswitch", "iter.Pull[...].func2").
			goroutine(worker(20, waiting, "IO wait", "internal/poll.(*FD).Read", "net.(*conn).Read", "main.pages")).
			holds(hold(uiID, 20, evidence.Object{Kind: "coroutine"}, 0.97, evidence.HoldCoroutine)),
		"dns":           lock("select", channel, "net.(*Resolver).lookupIPAddr"),
		"database":      lock("chan receive", channel, "github.com/jackc/pgx.(*Conn).Query"),
		"pipe of files": lock("IO wait", evidence.Object{Kind: "fd", Note: "3"}, "internal/poll.(*FD).Read", "os.(*File).Read"),
		"pipe of a child": lock("IO wait", evidence.Object{Kind: "fd", Note: "3"}, "internal/poll.(*FD).Read", "os.(*File).Read").
			with(func(ev *evidence.Evidence) {
				ev.Freeze.Sockets = []evidence.Socket{{Goroutine: uiID, FD: 3, Kind: "pipe", Local: "pipe:[9]", Peer: 99}}
				ev.Freeze.Children = []evidence.Process{{PID: 99, Name: "aspell", State: "S"}, {PID: 100, Name: "other", State: "S"}}
			}),
		"file named": lock("IO wait", evidence.Object{Kind: "fd", Note: "3"}, "internal/poll.(*FD).Read", "os.(*File).Read").
			with(func(ev *evidence.Evidence) {
				ev.Freeze.Sockets = []evidence.Socket{{Goroutine: uiID, FD: 3, Kind: "file", Local: "/srv/orders.db"}}
			}),
		"IO wait bare": lock("IO wait", evidence.Object{Kind: "fd", Note: "3"}, "internal/poll.(*FD).Read"),
		"process":      lock("chan receive", channel, "os/exec.(*Cmd).Wait"),
		"process's pipe": lock("IO wait", evidence.Object{Kind: "fd", Note: "3"}, "os.(*File).Read", "os/exec.(*Cmd).Output").with(func(ev *evidence.Evidence) {
			ev.Freeze.Children = []evidence.Process{{PID: 5000, Name: "sleep", State: "S"}, {PID: 5001, Name: "git", State: "D"}}
		}),
		"child by pid": lock("chan receive", evidence.Object{Kind: "process", Note: "5000"}, "os.(*Process).Wait").with(func(ev *evidence.Evidence) {
			ev.Freeze.Children = []evidence.Process{{PID: 5000, Name: "sleep", State: "S"}, {PID: 5001, Name: "git", State: "D"}}
		}),
		"GC assist wait":     lock("GC assist wait", evidence.Object{}, "runtime.gcAssistAlloc", "runtime.mallocgc"),
		"netip is no wait":   lock("chan receive", channel, "net/netip.ParseAddr"),
		"chain of three":     chainOfThree(),
		"two holders":        twoHolders(),
		"one lock, 3 queue":  queueOfThree(),
		"hands to render":    handedOver(evidence.RoleRender, inCall, "", "runtime.cgocall", "C.glFinish"),
		"hands to main":      handedOver(evidence.RoleMain, waiting, "chan receive", "runtime.gopark"),
		"waits for UI":       callbackDeadlock(),
		"locks in a cycle":   lockCycle(),
		"long cycle":         longCycle(),
		"self":               lock("sync.Mutex.Lock", mutexA, "sync.(*Mutex).Lock").holds(hold(uiID, uiID, mutexA, 0.9, evidence.HoldSelf)),
		"select with timer":  selectCycle(timer),
		"select outside":     selectCycle(another),
		"select dead":        selectCycle(channel),
		"unsure cycle":       unsureCycle(),
		"old Fyne":           lock("sleep", evidence.Object{Kind: "timer"}, "time.Sleep").with(func(ev *evidence.Evidence) { ev.Target.ToolkitVersion = "v2.5.4" }),
		"toolkit unheard of": lock("sleep", evidence.Object{Kind: "timer"}, "time.Sleep").with(func(ev *evidence.Evidence) { ev.Target.Toolkit, ev.Target.ToolkitVersion = "walk", "x" }),
	}
}

func chainOfThree() scene {
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock")).
		goroutine(worker(30, waiting, "IO wait", "net.(*conn).Read")).
		holds(hold(uiID, 20, mutexA, 0.9), hold(20, 30, mutexB, 0.9))
}

func twoHolders() scene {
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, running, "", "strings.Index", "main.spin")).goroutine(worker(30, running, "", "strings.Index", "main.turn")).
		holds(hold(uiID, 20, mutexA, 0.6, evidence.HoldOnStack), hold(uiID, 30, mutexA, 0.5, evidence.HoldInObject))
}

func queueOfThree() scene {
	second, third := worker(20, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock"), worker(30, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock")
	second.WaitsOn, third.WaitsOn = []evidence.Object{mutexA}, []evidence.Object{mutexA}
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).goroutine(second).goroutine(third)
}

// handedOver is a UI goroutine that waits for another one of the toolkit's.
func handedOver(role evidence.Role, status, reason string, inner ...string) scene {
	const loop = "github.com/hajimehoshi/ebiten/v2/internal/graphicscommand.LoopRenderThread"
	const game, thread = "github.com/hajimehoshi/ebiten/v2/internal/ui.(*UserInterface).loopGame", "github.com/hajimehoshi/ebiten/v2/internal/thread.(*OSThread)."
	user := calls("runtime.gopark", "runtime.chanrecv1", thread+"Call", "github.com/hajimehoshi/ebiten/v2.(*Image).ReadPixels", "main.(*game).Draw", game)
	s := fyneScene().with(func(ev *evidence.Evidence) {
		ev.Target.Toolkit, ev.Target.ToolkitVersion = "ebitengine", "v2.9.9"
		ev.Freeze.UI = []evidence.UIGoroutine{
			{Goroutine: 2, Role: role, Toolkit: "ebitengine", Loop: loop, MustLock: "any", Locked: true},
			{Goroutine: uiID, Role: evidence.RoleUI, Toolkit: "ebitengine", Loop: game},
		}
		ev.Freeze.Threads = append(ev.Freeze.Threads, evidence.Thread{TID: 4712, Goroutine: 2, State: "S", AsleepFor: 3 * time.Second, Syscall: "futex"})
	}).frozen(waiting, "chan receive", user)
	s.Freeze.Goroutines[0].Locked, s.Freeze.Goroutines[0].Thread = false, 0
	return s.goroutine(evidence.Goroutine{ID: 2, Status: status, WaitReason: reason, Thread: 4712, Locked: true,
		Frames: calls(append(inner, thread+"Loop", loop)...)}).
		holds(hold(uiID, 2, evidence.Object{Kind: "ui", Note: string(role)}, 0.95, evidence.HoldRunsCallback))
}

// callbackDeadlock: the UI waits for a lock whose holder waits for the UI.
func callbackDeadlock() scene {
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, waiting, "chan receive", "runtime.gopark", "fyne.io/fyne/v2.DoAndWait")).
		holds(hold(uiID, 20, mutexA, 0.9), hold(20, uiID, theUI, 0.95, evidence.HoldRunsCallback))
}

func lockCycle() scene {
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock")).
		holds(hold(uiID, 20, mutexA, 0.9), hold(20, uiID, mutexB, 0.9, evidence.HoldCalleeLocks))
}

// longCycle is one that the UI waits for and is no part of.
func longCycle() scene {
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock")).
		goroutine(worker(30, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock")).
		holds(hold(uiID, 20, mutexA, 0.9), hold(20, 30, mutexB, 0.9), hold(30, 20, mutexA, 0.9))
}

// selectCycle is a cycle through a select that has a second case.
func selectCycle(second evidence.Object) scene {
	g := worker(20, waiting, "select", "runtime.selectgo")
	g.WaitsOn = []evidence.Object{channel, second}
	s := fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).goroutine(g).
		holds(hold(uiID, 20, mutexA, 0.9), hold(20, uiID, channel, 0.9, evidence.HoldWouldServe))
	if second == another {
		s = s.goroutine(worker(30, waiting, "sleep", "time.Sleep")).holds(hold(20, 30, another, 0.8, evidence.HoldWouldServe))
	}
	return s
}

func unsureCycle() scene {
	return fyneScene().frozen(waiting, "sync.Mutex.Lock", lockStack, mutexA).
		goroutine(worker(20, waiting, "sync.Mutex.Lock", "sync.(*Mutex).Lock")).
		holds(hold(uiID, 20, mutexA, 0.5), hold(20, uiID, mutexB, 0.4, evidence.HoldInObject))
}

// leaving are the freezes of a UI goroutine that has left Go.
func leaving() map[string]scene {
	call := func(th evidence.Thread, inner ...string) scene {
		return fyneScene().frozen(inCall, "", inCallback(inner...)).with(func(ev *evidence.Evidence) {
			th.TID, th.Goroutine = 4711, uiID
			ev.Freeze.Threads = []evidence.Thread{th}
		})
	}
	asleep := evidence.Thread{State: "S", AsleepFor: 12 * time.Second}
	in := func(name string) evidence.Thread { t := asleep; t.Syscall = name; return t }
	withC := asleep
	withC.C = []evidence.Frame{{Function: "pthread_cond_wait", Origin: evidence.OriginC}}
	return map[string]scene{
		"C function":      call(in("futex"), "runtime.cgocall", "main._Cfunc_slow"),
		"C function, two": call(in("futex"), "runtime.cgocall", "main._C2func_slow"),
		"C by its stack":  call(withC, "runtime.cgocall"),
		"C unnamed":       call(asleep, "runtime.cgocall"),
		"driver":          call(in("ioctl"), "runtime.cgocall", "github.com/go-gl/gl/v2.1/gl._Cfunc_glowFinish", "github.com/go-gl/gl/v2.1/gl.Finish"),
		"getaddrinfo":     call(asleep, "runtime.cgocall", "net._C2func_getaddrinfo"),
		"syscall":         call(in("futex"), "syscall.Syscall", "golang.org/x/sys/unix.FutexWait"),
		"syscall bare":    call(asleep, "main.raw"),
		"flock":           call(in("flock"), "syscall.Flock"),
		"flock by thread": call(in("flock"), "os.(*File).Sync1"),
		"fsync":           call(in("fsync"), "syscall.Fsync", "os.(*File).Sync"),
		"read":            call(in("read"), "syscall.read", "os.(*File).Read"),
		"os alone":        call(in("read"), "os.(*File).Read"),
		"wait4":           call(in("wait4"), "syscall.wait4", "syscall.Wait4"),
		"connect":         call(in("connect"), "syscall.connect", "syscall.Connect"),
		"thread runs":     call(evidence.Thread{State: "R", Syscall: "read"}, "syscall.read", "os.(*File).Read"),
	}
}

// strange are programs without a loop, without a toolkit, or on a wrong thread.
func strange() map[string]scene {
	plain := func(s scene) scene {
		return s.with(func(ev *evidence.Evidence) {
			ev.Target.Toolkit, ev.Target.ToolkitVersion = "", ""
			ev.Freeze.UI, ev.Freeze.Points, ev.Freeze.Stacks = nil, nil, nil
			if ev.Freeze.Took == 0 {
				ev.Freeze.Took = time.Second
			}
		})
	}
	noLoop := func(s scene) scene {
		return s.with(func(ev *evidence.Evidence) {
			ev.Freeze.UI[0].Loop = ""
			for i := range ev.Freeze.Points {
				ev.Freeze.Points[i].Activity = evidence.NotStart
			}
		})
	}
	moved := func(change func(*evidence.UIGoroutine)) scene {
		s := fyneScene().idle(100).ends(waiting, "select", idleStack)
		change(&s.Freeze.UI[0])
		return s
	}
	own := fyneScene().idle(100).goroutine(evidence.Goroutine{ID: uiID, Status: waiting, WaitReason: "select", Thread: 4712,
		Frames: calls("runtime.gopark", fyneGL), Created: &evidence.Frame{Function: "main.run", Package: "main", Origin: evidence.OriginUser, File: "run.go", Line: 4}})
	own.Freeze.UI[0].OnMain = false
	gone := queueOfThree()
	held := queueOfThree().goroutine(worker(40, waiting, "sleep", "time.Sleep"))
	for _, id := range []uint64{uiID, 20, 30} {
		held.holds(hold(id, 40, mutexA, 0.9))
	}
	return map[string]scene{
		"plain cycle":           plain(lockCycle()),
		"plain self":            plain(waits()["self"]),
		"plain unsure cycle":    plain(unsureCycle()),
		"plain queue":           plain(held),
		"plain queue, gone":     plain(gone),
		"plain, nothing wrong":  plain(fyneScene().goroutine(worker(20, running, "", "main.spin"))),
		"no loop, lock":         noLoop(waits()["mutex"]),
		"no loop, channel":      noLoop(waits()["receive"]),
		"no loop, short":        noLoop(fyneScene().watch(3, evidence.User, waiting, "sleep", inCallback("time.Sleep"), 0, 0)),
		"no loop, no goroutine": noLoop(fyneScene().watch(30, evidence.User, waiting, "sleep", inCallback("time.Sleep"), 0, 0)),
		"loop unlocked":         moved(func(u *evidence.UIGoroutine) { u.Locked = false }),
		"loop off main":         moved(func(u *evidence.UIGoroutine) { u.OnMain = false }),
		"loop started by go":    own,
		"UI ended":              fyneScene().watch(100, evidence.User, waiting, "sleep", inCallback("time.Sleep"), 7, 9),
		"no stack": fyneScene().watch(100, evidence.User, "odd", "", nil, 7, 9).goroutine(
			evidence.Goroutine{ID: uiID, Status: "odd"}),
	}
}

// synthetic is every hand-made evidence, live and as one look.
func synthetic() []made {
	var all []made
	for family, scenes := range map[string]map[string]scene{"wait": waits(), "call": leaving(), "busy": computing(), "strange": strange()} {
		for name, s := range scenes {
			all = append(all, made{family + "/" + name, func() *evidence.Evidence { return s.Evidence }})
			look := asOneLook(s)
			all = append(all, made{family + "/" + name + ", one look", func() *evidence.Evidence { return look }})
			for _, kit := range []string{"gio", "glfw", "ebitengine"} {
				other := *s.Evidence
				other.Target.Toolkit, other.Target.ToolkitVersion = kit, "v2.9.9"
				all = append(all, made{fmt.Sprintf("%s/%s, %s", family, name, kit), func() *evidence.Evidence { return &other }})
			}
		}
	}
	return all
}

// asOneLook is the scene as a goroutine dump shows it.
func asOneLook(s scene) *evidence.Evidence {
	ev := &evidence.Evidence{Target: s.Target}
	ev.Target.Kind, ev.Target.PID = evidence.KindDump, 0
	ev.Freeze = &evidence.Freeze{FromDump: true, UI: s.Freeze.UI, Goroutines: s.Freeze.Goroutines, Holds: s.Freeze.Holds}
	return ev
}
