//go:build linux && amd64

package bpf

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

const roleVar = "GOMEDIC_TEST_WOKEN"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "reader":
		answer()
	default:
		os.Exit(m.Run())
	}
}

var spin uint64

func pin() {
	runtime.LockOSThread()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		panic(err)
	}
	for cpu, found := 0, false; cpu < 64*len(set); cpu++ { // the first one alone
		if found {
			set.Clear(cpu)
		}
		found = found || set.IsSet(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		panic(err)
	}
}

// answer is a thread that waits for a byte and, once it runs, gives it back. Others
// are preferred to it.
func answer() {
	pin()
	tid := unix.Gettid()
	// Of this kind, a thread that is made ready takes no CPU from another (sched(7)).
	const batch = 3
	var none [4]byte
	if _, _, errno := unix.Syscall(unix.SYS_SCHED_SETSCHEDULER, uintptr(tid), batch, uintptr(unsafe.Pointer(&none))); errno != 0 {
		panic(errno)
	}
	fmt.Println(tid)
	var b [1]byte
	for {
		if n, err := unix.Read(0, b[:]); n != 1 {
			if err == unix.EINTR {
				continue
			}
			os.Exit(0)
		}
		if _, err := unix.Write(1, b[:]); err != nil {
			os.Exit(0)
		}
	}
}

// A thread that is made ready on a busy CPU has waited for it since then, and slept
// before.
func TestWhenAThreadWasMadeReady(t *testing.T) {
	t.Run("noted", madeReady)
	t.Run("seen", func(t *testing.T) { // as where the kernel does not note it
		defer func(f func() bool) { queued = f }(queued)
		queued = func() bool { return false }
		madeReady(t)
	})
}

func madeReady(t *testing.T) {
	if err := features.HaveProgramType(ebpf.Kprobe); err != nil || os.Geteuid() != 0 {
		t.Skip("this user may load no BPF programs")
	}
	start := func(role string) (*exec.Cmd, io.WriteCloser, io.Reader) {
		c := exec.Command("/proc/self/exe")
		c.Env = append(os.Environ(), roleVar+"="+role)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			c.Process.Kill()
			c.Wait()
		})
		return c, in, out
	}
	c, in, out := start("reader")
	// This thread writes from the same CPU, and then keeps it for a moment.
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	pin()
	defer func() {
		_ = unix.SchedSetaffinity(0, &all)
		runtime.UnlockOSThread()
	}()
	line := make([]byte, 0, 16)
	for b := make([]byte, 1); len(line) == 0 || line[len(line)-1] != '\n'; line = append(line, b[0]) {
		if _, err := io.ReadFull(out, b); err != nil {
			t.Fatal(err)
		}
	}
	tid, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Load("/proc/self/exe", c.Process.Pid, Layout{}, []Site{unused(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.SchedBy != nil {
		t.Skip(p.SchedBy)
	}
	if err := p.SetTarget(c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if err := p.Watch(tid, 1, 0); err != nil {
		t.Fatal(err)
	}
	type write struct{ from, to int64 }
	var writes []write
	for range 60 {
		for !asleep(t, tid) {
			time.Sleep(time.Millisecond)
		}
		w := write{from: now()}
		if _, err := in.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		w.to = now()
		writes = append(writes, w)
		for now() < w.to+int64(500*time.Microsecond) {
			spin++
		}
		if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	var events []Event
	if err := p.Read(func(e *Event) {
		if e.Kind == Away && e.TID == tid && !e.Away.Ready {
			events = append(events, *e)
		}
	}); err != nil {
		t.Fatal(err)
	}
	var late, waited time.Duration
	found := 0
	for _, w := range writes[2:] { // the clocks are compared when it first leaves the CPU
		for _, e := range events {
			if e.Away.Out > w.from || e.At < w.from {
				continue
			}
			found++
			if e.Away.Woken < w.from-int64(50*time.Microsecond) || e.Away.Woken > e.At {
				t.Errorf("made ready at %d, but the byte was sent at %d, and it ran at %d", e.Away.Woken, w.from, e.At)
			}
			late += time.Duration(max(e.Away.Woken-w.to, 0))
			waited += time.Duration(max(e.At-w.to, 0))
		}
	}
	t.Logf("kernel notes it: %v; %d of %d; told %v late of %v waited", p.queued, found, len(writes)-2, late, waited)
	if found < len(writes)*3/4 || waited < 2*time.Millisecond {
		t.Fatalf("%d of %d sleeps were seen, it waited for %v", found, len(writes), waited)
	}
	if late > waited/5 {
		t.Errorf("it waited for %v, of which %v are told as sleep", waited, late)
	}
}

func now() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err)
	}
	return ts.Nano()
}

func asleep(t *testing.T, tid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndexByte(b, ')')
	return i > 0 && i+2 < len(b) && b[i+2] == 'S'
}

// unused is a place that the reader never passes: Load sets one at least.
func unused(t *testing.T) Site {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	addr := uint64(reflect.ValueOf(never).Pointer())
	for _, seg := range f.Progs {
		if seg.Type == elf.PT_LOAD && addr >= seg.Vaddr && addr < seg.Vaddr+seg.Filesz {
			return Site{Addr: addr, Offset: addr - seg.Vaddr + seg.Off}
		}
	}
	t.Fatalf("%#x is not in the file: a position-independent test?", addr)
	return Site{}
}

//go:noinline
func never() { spin-- }
