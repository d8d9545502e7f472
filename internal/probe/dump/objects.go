package dump

import (
	"sort"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// maxStruct is how far below a lock the struct that holds it may begin.
const maxStruct = 4096

// maxHolders is how many candidates are reported for one waiter.
const maxHolders = 4

// A wait is a function that waits, and where its frame's arguments show for what.
// The object's address is the argument less back.
type wait struct {
	function string
	kind     string
	note     string
	dir      string
	arg      int
	back     uint64
}

// waits are the functions that wait, the most telling first. The offsets come
// from sync/{rwmutex,waitgroup,once,cond}.go and internal/sync/mutex.go, the same
// from Go 1.18 to 1.27 but for WaitGroup, whose semaphore lay at 8 with the state
// at 0 since 1.20: RWMutex{w Mutex; writerSem 8, readerSem 12}, Mutex{state 0,
// sema 4}, WaitGroup{state 0, sema 8}, Once{done 0, m 4}, Cond{L 0, notify 16}.
var waits = []wait{
	{function: "sync.(*RWMutex).Lock", kind: "rwmutex", note: "writer"},
	{function: "sync.(*RWMutex).RLock", kind: "rwmutex", note: "reader"},
	{function: "sync.(*RWMutex).rLockSlow", kind: "rwmutex", note: "reader"},
	{function: "sync.runtime_SemacquireRWMutexR", kind: "rwmutex", note: "reader", back: 12},
	{function: "sync.runtime_SemacquireRWMutex", kind: "rwmutex", note: "writer", back: 8},
	{function: "sync.(*Once).doSlow", kind: "once"},
	{function: "sync.(*Once).Do", kind: "once"},
	{function: "sync.(*Map).", kind: "mutex", note: "sync.Map"},
	{function: "sync.(*Mutex).lockSlow", kind: "mutex"},
	{function: "internal/sync.(*Mutex).lockSlow", kind: "mutex"},
	{function: "sync.(*Mutex).Lock", kind: "mutex"},
	{function: "internal/sync.(*Mutex).Lock", kind: "mutex"},
	{function: "internal/sync.runtime_SemacquireMutex", kind: "mutex", back: 4},
	{function: "sync.runtime_SemacquireMutex", kind: "mutex", back: 4},
	{function: "sync.(*WaitGroup).Wait", kind: "waitgroup"},
	{function: "sync.runtime_SemacquireWaitGroup", kind: "waitgroup", back: 8},
	{function: "sync.(*Cond).Wait", kind: "cond"},
	{function: "sync.runtime_notifyListWait", kind: "cond", back: 16},
	{function: "runtime.chanrecv", kind: "chan", dir: "receive"},
	{function: "runtime.chanrecv1", kind: "chan", dir: "receive"},
	{function: "runtime.chanrecv2", kind: "chan", dir: "receive"},
	{function: "runtime.chansend", kind: "chan", dir: "send"},
	{function: "runtime.chansend1", kind: "chan", dir: "send"},
	{function: "internal/poll.(*FD).", kind: "fd"},
	{function: "internal/poll.runtime_pollWait", kind: "fd"},
	{function: "runtime.cgocall", kind: "cgo", arg: -1},
	{function: "time.Sleep", kind: "timer", arg: -1},
}

// semas are the functions whose first argument is the semaphore that
// runtime.semacquire1 then waits at: there it is printed reliably.
var semas = map[string]bool{
	"sync.runtime_SemacquireRWMutexR": true, "sync.runtime_SemacquireRWMutex": true,
	"sync.runtime_SemacquireWaitGroup": true, "internal/sync.runtime_SemacquireMutex": true,
	"sync.runtime_SemacquireMutex": true,
}

// mutexIn is where the Mutex lies within the objects that have one.
var mutexIn = map[string]uint64{"rwmutex": 0, "once": 4}

// reasons are the wait reasons that name the kind of object where no frame does.
var reasons = []struct{ prefix, kind, dir string }{
	{"sync.Mutex.Lock", "mutex", ""},
	{"sync.RWMutex.RLock", "rwmutex", ""},
	{"sync.RWMutex.Lock", "rwmutex", ""},
	{"sync.WaitGroup.Wait", "waitgroup", ""},
	{"sync.Cond.Wait", "cond", ""},
	{"chan receive", "chan", "receive"},
	{"chan send", "chan", "send"},
	{"semacquire", "sema", ""},
	{"IO wait", "fd", ""},
	{"sleep", "timer", ""},
}

// waitsOn reads from a goroutine's frames what it waits for, and the index of
// the frame behind the last one that waits: the first that could be the user's.
func waitsOn(g *goroutine, e *evidence.Goroutine) (*evidence.Object, int) {
	if e.Status != evidence.StatusWaiting && e.Status != evidence.StatusSyscall && e.WaitReason == "" {
		return nil, 0
	}
	user := 0
	for user < len(e.Frames) && (e.Frames[user].Origin == evidence.OriginStd ||
		e.Frames[user].Origin == evidence.OriginRuntime || e.Frames[user].Origin == evidence.OriginC) {
		user++
	}
	object := waitIn(g.calls[:user], e.WaitReason)
	if object == nil {
		for _, r := range reasons {
			if strings.HasPrefix(e.WaitReason, r.prefix) {
				object = &evidence.Object{Kind: r.kind, Dir: r.dir}
				break
			}
		}
	}
	if object != nil && strings.Contains(e.WaitReason, "(nil chan)") {
		object.Note = "nil"
	}
	return object, user
}

// waitIn finds the wait in the frames below the user's. The kind comes from the
// first entry of the table that one of them matches; the address from whichever
// of the frames prints it reliably.
func waitIn(calls []call, reason string) *evidence.Object {
	var best *wait
	var address uint64
	var sure bool
	semaphore, _ := callNamed(calls, "runtime.semacquire1")
	for i := range waits {
		w := &waits[i]
		c, at := callNamed(calls, w.function)
		if c == nil || strings.HasPrefix(w.function, "sync.(*Once)") && !locks(calls[:at]) {
			continue
		}
		if best == nil {
			best = w
		}
		back := w.back
		if w.kind != best.kind {
			inner, ok := mutexIn[best.kind]
			if !ok || w.kind != "mutex" {
				continue // another object
			}
			back += inner
		}
		if sure {
			continue
		}
		if w.arg >= 0 && w.arg < len(c.args) && c.args[w.arg].reliable && c.args[w.arg].value > back {
			address, sure = c.args[w.arg].value-back, true
			continue
		}
		if _, ok := semas[w.function]; ok && semaphore != nil && len(semaphore.args) > 0 &&
			semaphore.args[0].reliable && semaphore.args[0].value > back {
			address, sure = semaphore.args[0].value-back, true
		}
	}
	if best == nil {
		return nil
	}
	o := &evidence.Object{Kind: best.kind, Note: best.note, Dir: best.dir}
	if sure && o.Kind != "timer" {
		o.Addr = address
	}
	return o
}

// locks reports whether the innermost frames wait for a lock, so that a Once
// above them waits for another goroutine and does not run its function.
func locks(calls []call) bool {
	for i := range calls {
		if strings.HasSuffix(calls[i].frame.Function, "sync.(*Mutex).Lock") ||
			strings.HasSuffix(calls[i].frame.Function, "sync.(*Mutex).lockSlow") {
			return true
		}
	}
	return false
}

// callNamed finds a call by its function, or by a prefix that ends in a dot.
func callNamed(calls []call, name string) (*call, int) {
	for i := range calls {
		f := calls[i].frame.Function
		if f == name || strings.HasSuffix(name, ").") && strings.HasPrefix(f, name) {
			return &calls[i], i
		}
	}
	return nil, -1
}

// mention is a frame that has a pointer among its arguments.
type mention struct {
	value     uint64
	goroutine int // index
	frame     int
	reliable  bool
}

// connect fills WaitsOn and Holds.
func connect(s *section, freeze *evidence.Freeze) {
	byID := s.byID
	objects := make([]*evidence.Object, len(freeze.Goroutines))
	users := make([]int, len(freeze.Goroutines))
	var mentions []mention
	for i := range freeze.Goroutines {
		e := &freeze.Goroutines[i]
		g := byID[e.ID]
		o, user := waitsOn(g, e)
		objects[i], users[i] = o, user
		if o != nil {
			e.WaitsOn = []evidence.Object{*o}
		}
		if e.System {
			continue
		}
		for f := range g.calls {
			mentions = appendMentions(mentions, g, e, i, f)
		}
	}
	sort.SliceStable(mentions, func(a, b int) bool { return mentions[a].value < mentions[b].value })
	f := finder{goroutines: freeze.Goroutines, mentions: mentions, objects: objects, users: users,
		known: map[sought][]candidate{}, budget: maxSteps}
	for i, o := range objects {
		if o != nil && !freeze.Goroutines[i].System && held(o.Kind) {
			freeze.Holds = append(freeze.Holds, f.holds(i, byID[freeze.Goroutines[i].ID])...)
		}
	}
}

// held reports whether another goroutine can hold or serve such an object.
func held(kind string) bool {
	switch kind {
	case "mutex", "rwmutex", "once", "waitgroup", "cond", "chan":
		return true
	}
	return false
}

func appendMentions(to []mention, g *goroutine, e *evidence.Goroutine, index, frame int) []mention {
	f := &e.Frames[frame]
	switch f.Origin {
	case evidence.OriginUser, evidence.OriginDependency, evidence.OriginToolkit:
	default:
		if !strings.HasPrefix(f.Function, "sync.(*Once).") {
			return to
		}
	}
	for _, w := range g.calls[frame].args {
		if !pointer(w.value) {
			continue
		}
		to = append(to, mention{value: w.value, goroutine: index, frame: frame, reliable: w.reliable})
	}
	return to
}

// pointer reports whether a word can be a heap pointer: aligned, above the zero
// page and the usual places of small numbers, within the 47 bits of user space.
func pointer(v uint64) bool { return v >= 1<<16 && v < 1<<47 && v%4 == 0 }
