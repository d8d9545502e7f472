package diagnose

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// cause is the id that one look at a stack suggests.
type cause string

// The causes: the ids of the freeze family that a single stack can show.
const (
	sleeps    cause = "ui-blocked/sleep"
	locks     cause = "ui-blocked/mutex"
	conds     cause = "ui-blocked/cond"
	channels  cause = "ui-blocked/channel"
	network   cause = "ui-blocked/network"
	disk      cause = "ui-blocked/disk"
	process   cause = "ui-blocked/process"
	inC       cause = "ui-blocked/cgo"
	syscalls  cause = "ui-blocked/syscall"
	computes  cause = "ui-busy/cpu"
	layouts   cause = "ui-busy/layout"
	allocates cause = "ui-busy/alloc"
	starves   cause = "ui-starved/scheduler"
	collects  cause = "ui-starved/gc"
	driver    cause = "ui-stalled/gpu"
	vsync     cause = "ui-stalled/vsync"
	unclear   cause = ""
)

// blocked reports whether the goroutine waits, and does not compute.
func (c cause) blocked() bool { return strings.HasPrefix(string(c), "ui-blocked/") || c == driver }

// causeOf says what a stack shows.
func causeOf(tk *toolkit.Toolkit, status, reason string, frames []evidence.Frame) cause {
	switch status {
	case evidence.StatusRunnable, evidence.StatusPreempted:
		if len(frames) > 0 && through(frames, "runtime.Gosched") {
			return computes // it gives its turn away, and comes back
		}
		return starves
	case evidence.StatusRunning, evidence.StatusCopyStack:
		return causeOfRunning(tk, frames)
	case evidence.StatusSyscall:
		return causeOfCall(frames)
	case evidence.StatusWaiting:
		return causeOfWait(reason, frames)
	}
	return unclear
}

// below returns the frames between the leaf and the user's frame: what the
// user's code has called.
func below(frames []evidence.Frame) []evidence.Frame {
	if i := toolkit.UserFrame(frames); i >= 0 {
		return frames[:i]
	}
	return frames
}

// causeOfRunning tells computing in user code from computing in the toolkit, and
// both from paying for allocations.
func causeOfRunning(tk *toolkit.Toolkit, frames []evidence.Frame) cause {
	for _, f := range below(frames) {
		if f.Function == "runtime.GC" {
			return collects
		}
		if f.Function == "runtime.cgocall" || f.Function == "runtime.asmcgocall" {
			return causeOfCall(frames)
		}
		if strings.HasPrefix(f.Function, "runtime.gcAssist") {
			return allocates
		}
	}
	if toolkit.IsLayout(tk, frames, toolkit.UserFrame(frames)) {
		return layouts
	}
	for _, f := range below(frames) {
		if allocators[f.Function] || strings.HasPrefix(f.Function, "runtime.mallocgc") {
			return allocates
		}
	}
	return computes
}

// allocators are the runtime's functions that make memory (runtime/malloc.go,
// slice.go, string.go and map; Go 1.25 to 1.27; those for one size have names
// that begin with mallocgc), and what else allocating costs.
var allocators = map[string]bool{
	"runtime.mallocgc": true, "runtime.newobject": true, "runtime.makeslice": true, "runtime.growslice": true,
	"runtime.makeslicecopy": true, "runtime.rawstring": true, "runtime.rawbyteslice": true, "runtime.rawruneslice": true,
	"runtime.makemap": true, "runtime.makechan": true, "runtime.newarray": true, "runtime.memclrNoHeapPointersChunked": true,
	// What a running collection makes of each write of a pointer (runtime/mwbbuf.go, mbitmap.go).
	"runtime.gcWriteBarrier": true, "runtime.wbBufFlush": true, "runtime.bulkBarrierPreWrite": true,
	// Copies into fresh memory, whose first touch costs as much as its allocation.
	"strings.Clone": true, "bytes.Clone": true, "internal/stringslite.Clone": true, "maps.Clone": true,
}

// causeOfWait tells what a parked goroutine waits for by the runtime's reason
// and by the libraries that stand between it and the user's code.
func causeOfWait(reason string, frames []evidence.Frame) cause {
	switch reason {
	case "GC assist marking", "GC assist wait":
		return allocates
	case "wait for GC cycle", "stopping the world", "GC mark termination", "GC weak to strong wait":
		return collects
	case "preempted":
		return starves
	}
	if c := causeByPackage(below(frames)); c != unclear {
		return c
	}
	switch {
	case reason == "sleep":
		return sleeps
	case reason == "IO wait":
		return causeOfFile(frames)
	case strings.HasPrefix(reason, "sync.Mutex"), strings.HasPrefix(reason, "sync.RWMutex"):
		return locks
	case strings.HasPrefix(reason, "sync.Cond"), strings.HasPrefix(reason, "sync.WaitGroup"):
		return conds
	case strings.HasPrefix(reason, "chan "), strings.HasPrefix(reason, "select"), reason == "coroutine":
		return channels
	case strings.HasPrefix(reason, "semacquire"):
		for _, f := range below(frames) {
			switch {
			case strings.HasPrefix(f.Function, "sync.(*WaitGroup)"), strings.HasPrefix(f.Function, "sync.(*Cond)"):
				return conds
			case strings.HasPrefix(f.Function, "sync.(*Mutex)"), strings.HasPrefix(f.Function, "sync.(*RWMutex)"),
				strings.HasPrefix(f.Function, "internal/sync."):
				return locks
			}
		}
		return locks
	}
	return channels
}

// libraries are packages inside which a wait means the same thing whatever
// primitive it uses: a database driver waits for the network also when its
// goroutine stands on a channel. The innermost that matches decides; a trailing
// slash matches everything below.
var libraries = []struct {
	prefix string
	cause  cause
}{
	{"os/exec", process},
	{"net", network}, {"net/", network}, {"crypto/tls", network},
	{"vendor/golang.org/x/net/", network}, {"golang.org/x/net/", network}, {"golang.org/x/crypto/ssh", network},
	{databaseSQL, network},
	{"google.golang.org/grpc", network}, {"google.golang.org/grpc/", network},
	{"github.com/gorilla/websocket", network}, {"github.com/coder/websocket", network}, {"nhooyr.io/websocket", network},
	{"github.com/lib/pq", network}, {"github.com/jackc/", network}, {"github.com/go-sql-driver/mysql", network},
	{"github.com/microsoft/go-mssqldb", network}, {"go.mongodb.org/mongo-driver/", network},
	{"github.com/redis/", network}, {"github.com/gomodule/redigo/", network}, {"github.com/nats-io/", network},
	{"github.com/eclipse/paho.mqtt.golang", network}, {"github.com/quic-go/", network},
	{"github.com/aws/aws-sdk-go-v2/", network}, {"cloud.google.com/go/", network},
}

// databaseSQL means the network only through a driver: by itself it waits for a
// free connection, or for one of its own locks.
const databaseSQL = "database/sql"

// causeByPackage finds the first library on the way out to the user's code.
func causeByPackage(frames []evidence.Frame) cause {
	for i := range frames {
		f := &frames[i]
		if f.Function == "os.(*Process).Wait" || f.Function == "os.(*Process).wait" {
			return process
		}
		for _, l := range libraries {
			if l.prefix == databaseSQL && !slices.ContainsFunc(frames[:i], func(f evidence.Frame) bool {
				return f.Origin == evidence.OriginDependency
			}) {
				continue
			}
			if f.Package == l.prefix || strings.HasSuffix(l.prefix, "/") && strings.HasPrefix(f.Package, l.prefix) {
				if l.cause == network && f.Package == "net/netip" || f.Package == "net/url" || f.Package == "net/textproto" {
					continue
				}
				return outer(frames[i:], l.cause)
			}
		}
	}
	return unclear
}

// outer lets a library that uses another decide: os/exec waits for a process
// also while it reads from its pipe.
func outer(frames []evidence.Frame, c cause) cause {
	for i := range frames {
		if frames[i].Package == "os/exec" {
			return process
		}
	}
	return c
}

// causeOfFile: the poller serves files that are no disk files as well; the
// libraries between say which.
func causeOfFile(frames []evidence.Frame) cause {
	for _, f := range below(frames) {
		if f.Package == "os" || f.Package == "io/fs" {
			return disk
		}
	}
	return network
}

// causeOfCall tells what a goroutine that left Go is in: C code, or a system
// call, and for what.
func causeOfCall(frames []evidence.Frame) cause {
	rest := below(frames)
	cgo := false
	for i := range frames {
		if frames[i].Function == "runtime.cgocall" {
			cgo = true
			break
		}
		if frames[i].Origin == evidence.OriginUser {
			break
		}
	}
	if cgo {
		if _, ok := toolkit.IsDriver(frames); ok {
			return driver
		}
		if strings.HasPrefix(cFunction(frames), "sqlite3_") {
			return disk // its busy handler waits for the file lock of another
		}
		// What the standard library itself calls: getaddrinfo. C code of others is
		// just that, whoever called it.
		std := rest
		for i := range rest {
			if o := rest[i].Origin; o != evidence.OriginStd && o != evidence.OriginRuntime && o != evidence.OriginC {
				std = rest[:i]
				break
			}
		}
		if c := causeByPackage(std); c != unclear {
			return c
		}
		return inC
	}
	if c := causeByPackage(rest); c != unclear {
		return c
	}
	for i := range rest {
		f := &rest[i]
		if f.Package == "syscall" || strings.HasSuffix(f.Package, "golang.org/x/sys/unix") || f.Package == "internal/syscall/unix" {
			name := f.Function[strings.LastIndexByte(f.Function, '.')+1:]
			if c, ok := systemCalls[strings.ToLower(name)]; ok {
				return c
			}
		}
	}
	for i := range rest {
		switch rest[i].Package {
		case "os", "io/fs", "io/ioutil", "path/filepath", "internal/poll", "os/signal", "os/user":
			return disk
		}
	}
	return syscalls
}

// systemCalls are the wrappers of package syscall and golang.org/x/sys/unix.
var systemCalls = map[string]cause{
	"flock": disk, "fcntlflock": disk, "fcntl": disk, "fsync": disk, "fdatasync": disk, "sync": disk, "syncfs": disk,
	"open": disk, "openat": disk, "openat2": disk, "read": disk, "write": disk, "pread": disk, "pwrite": disk, "readv": disk,
	"writev": disk, "preadv": disk, "pwritev": disk, "stat": disk, "lstat": disk, "fstat": disk, "fstatat": disk, "statfs": disk,
	"ftruncate": disk, "truncate": disk, "rename": disk, "renameat": disk, "unlink": disk, "unlinkat": disk, "mkdir": disk,
	"mkdirat": disk, "getdents": disk, "readdirent": disk, "sendfile": disk, "copyfilerange": disk, "copy_file_range": disk,
	"fallocate": disk, "mount": disk, "unmount": disk, "msync": disk,
	"wait4": process, "waitid": process,
	"connect": network, "accept": network, "accept4": network, "recvfrom": network, "recvmsg": network, "sendto": network,
	"sendmsg": network, "recvmsgraw": network,
}
