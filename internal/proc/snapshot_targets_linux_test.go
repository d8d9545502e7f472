package proc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rankPages is how many counters ranks has, each on a page of its own.
const rankPages = 2000

// ranks counts up a row of counters, one after the other, again and again: at any
// moment they fall along the row, by one at most. It says where they are; to each
// line of its input it answers with the first counter, the SIGCHLDs that came, and
// the children that a wait finds.
func ranks() {
	mib, _ := strconv.Atoi(os.Getenv("PROC_TEST_BALLAST"))
	ballast := mapped(mib<<20 + 4096)
	for i := 0; i < len(ballast); i += 4096 {
		ballast[i] = byte(i>>12) | 1
	}
	row := mapped(rankPages * 4096)
	counter := func(i int) *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&row[i*4096])) }
	runtime.GOMAXPROCS(4)
	go func() {
		runtime.LockOSThread()
		for n := uint64(1); ; n++ {
			for i := range rankPages {
				counter(i).Store(n)
			}
		}
	}()
	children := make(chan os.Signal, 1<<16)
	signal.Notify(children, syscall.SIGCHLD)
	fmt.Println("ready")
	fmt.Println(uintptr(unsafe.Pointer(&row[0])))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		found := 0
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) || pid > 0 {
			found++
		}
		fmt.Println(counter(0).Load(), len(children), found)
	}
	runtime.KeepAlive(ballast)
	os.Exit(0)
}

// mapped returns memory with a page to each 4 KiB: with huge ones, a copy would be
// too quick to be caught in the middle.
func mapped(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	if err := unix.Madvise(b, unix.MADV_NOHUGEPAGE); err != nil && !errors.Is(err, unix.EINVAL) {
		panic(err)
	}
	return b
}

// nap is for how long sleepers wait each time. The tests stop them many times during
// one: a wait that began anew each time would not end.
const nap = 200 * time.Millisecond

// waits are the calls that sleepers wait in: each returns nil if it went as it does
// when nobody stops the thread.
var waits = []struct {
	name string
	wait func() error
}{
	{"nanosleep", func() error {
		ts := unix.NsecToTimespec(int64(nap))
		return unix.Nanosleep(&ts, nil)
	}},
	{"clock_nanosleep", func() error {
		ts := unix.NsecToTimespec(int64(nap))
		return unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil)
	}},
	{"futex", func() error {
		ts := unix.NsecToTimespec(int64(nap))
		var word uint32
		_, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&word)), 0 /* FUTEX_WAIT */, 0, uintptr(unsafe.Pointer(&ts)), 0, 0)
		if errno == unix.ETIMEDOUT {
			return nil
		}
		return fmt.Errorf("futex: %w", errno)
	}},
	{"ppoll", func() error {
		ts := unix.NsecToTimespec(int64(nap))
		var mask uint64
		n, _, errno := unix.Syscall6(unix.SYS_PPOLL, 0, 0, uintptr(unsafe.Pointer(&ts)), uintptr(unsafe.Pointer(&mask)), unsafe.Sizeof(mask), 0)
		if n != 0 || errno != 0 {
			return fmt.Errorf("ppoll: %d, %w", int(n), errno)
		}
		return nil
	}},
	{"pselect", func() error {
		ts := unix.NsecToTimespec(int64(nap))
		n, err := unix.Pselect(0, nil, nil, nil, &ts, nil)
		if err == nil && n != 0 {
			return fmt.Errorf("pselect: %d", n)
		}
		return err
	}},
	{"epoll_wait", func() error {
		fd, err := unix.EpollCreate1(0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		var events [1]unix.EpollEvent
		for begun := time.Now(); time.Since(begun) < nap; {
			n, err := unix.EpollWait(fd, events[:], int(nap/time.Millisecond))
			// It does fail whenever its thread is stopped: signal(7).
			if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
				return fmt.Errorf("epoll_wait: %d, %w", n, err)
			}
		}
		return nil
	}},
	{"read", func() error {
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			return err
		}
		defer unix.Close(p[0])
		time.AfterFunc(nap, func() {
			unix.Write(p[1], []byte{7})
			unix.Close(p[1])
		})
		var b [8]byte
		n, err := unix.Read(p[0], b[:])
		if err == nil && (n != 1 || b[0] != 7) {
			return fmt.Errorf("read: %d, %v", n, b)
		}
		return err
	}},
	{"computing", func() error {
		x := [8]float64{1, 1, 1, 1, 1, 1, 1, 1}
		for begun := time.Now(); time.Since(begun) < nap; {
			for i := range 10_000 {
				for j := range x {
					x[j] += float64(i&1) - 0.5
				}
			}
		}
		if x != [8]float64{1, 1, 1, 1, 1, 1, 1, 1} {
			return fmt.Errorf("computed %v", x)
		}
		return nil
	}},
}

// sleepers wait, each on a thread of its own and in another call. To each line of its
// input it answers with how often each came through its wait, and ends when one did
// not.
func sleepers() {
	var rounds [16]atomic.Uint64
	runtime.GOMAXPROCS(len(waits) + 2)
	var begun sync.WaitGroup
	begun.Add(len(waits))
	for i, w := range waits {
		go func() {
			runtime.LockOSThread()
			begun.Done()
			for {
				begun := time.Now()
				err := w.wait()
				if d := time.Since(begun); err == nil && d < nap {
					err = fmt.Errorf("it took %v", d)
				}
				if err != nil {
					fmt.Printf("%s: %v\n", w.name, err)
					os.Exit(1)
				}
				rounds[i].Add(1)
			}
		}()
	}
	begun.Wait()
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		for i := range waits {
			fmt.Print(rounds[i].Load(), " ")
		}
		fmt.Println()
	}
	os.Exit(0)
}

// quiet keeps the Go runtime from sending signals to its own threads, upon which
// calls would return early: as in a program in C.
const quiet = "GODEBUG=asyncpreemptoff=1"

// snapper takes snapshots of a process again and again.
func snapper() {
	pid, err := strconv.Atoi(os.Getenv("PROC_TEST_PID"))
	if err != nil {
		panic(err)
	}
	p, err := Open(pid)
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		s, err := p.Snapshot(context.Background(), SnapshotOptions{})
		if err != nil {
			panic(err)
		}
		maps, _ := s.Mappings()
		var b [4096]byte
		for i := range min(len(maps), 10) {
			_ = s.ReadAt(b[:], maps[i].Start)
		}
		if err := s.Close(); err != nil {
			panic(err)
		}
	}
	os.Exit(0)
}

// rankTarget is a running program of role ranks.
type rankTarget struct {
	*helper
	p   *Process
	row uint64
}

func startRanks(t *testing.T, env ...string) *rankTarget {
	t.Helper()
	r := &rankTarget{helper: start(t, "ranks", env...)}
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &r.row); err != nil {
		t.Fatal(err)
	}
	if r.p, err = Open(r.Process.Pid); err != nil {
		t.Fatal(err)
	}
	return r
}

// look returns the first counter, and fails the test if the target was told of any
// child.
func (r *rankTarget) look(t *testing.T) (first uint64) {
	t.Helper()
	if _, err := r.in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var signals, found int
	if _, err := fmt.Sscan(line, &first, &signals, &found); err != nil {
		t.Fatalf("the target says %q: %v", line, err)
	}
	if signals != 0 || found != 0 {
		t.Fatalf("the target got %d SIGCHLD and found %d children", signals, found)
	}
	return first
}

// goesOn fails the test unless the target counts on.
func (r *rankTarget) goesOn(t *testing.T) {
	t.Helper()
	before := r.look(t)
	for end := time.Now().Add(time.Minute); r.look(t) < before+2; {
		if time.Now().After(end) {
			t.Fatalf("the target stands: %v", traced(t, r.p.PID))
		}
	}
}

// childrenOf returns the children of a process, as "pid state".
func childrenOf(t *testing.T, pid int) (out []string) {
	t.Helper()
	pids, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range pids {
		if st, err := readStatus(child); err == nil && st["PPid"] == strconv.Itoa(pid) {
			out = append(out, fmt.Sprintf("%d %.1s", child, st["State"]))
		}
	}
	return out
}
