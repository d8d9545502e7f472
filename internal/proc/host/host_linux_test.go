package host

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// turns is what the spinner computes.
var turns atomic.Uint64

// The test program is this test binary itself, told by its environment what to
// be. It prints "ready" when it stands, and ends when its standard input does.
func TestMain(m *testing.M) {
	switch os.Getenv("HOST_TEST_ROLE") {
	case "sleeper":
		runtime.LockOSThread()
		syscall.Write(1, []byte("ready\n"))
		var b [1]byte
		syscall.Read(0, b[:])
		os.Exit(0)
	case "spinner":
		go func() {
			var b [1]byte
			os.Stdin.Read(b[:])
			os.Exit(0)
		}()
		os.Stdout.WriteString("ready\n")
		for n := uint64(0); ; n++ {
			turns.Store(n)
		}
	}
	os.Exit(m.Run())
}

// start runs this binary in a role, and waits until it is ready.
func start(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOST_TEST_ROLE="+role)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the test program said %q, %v", line, err)
	}
	return cmd
}

// until repeats look until it holds, or the test runs out of time.
func until(t *testing.T, what string, look func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !look(); {
		if time.Now().After(deadline) {
			t.Fatalf("never saw: %s", what)
		}
		runtime.Gosched()
	}
}

func TestSleepingThread(t *testing.T) {
	asked := time.Now()
	pid := start(t, "sleeper").Process.Pid
	ready := time.Now()
	var main evidence.Thread
	until(t, "a thread asleep in read", func() bool {
		s, err := Sample(pid)
		if err != nil {
			t.Fatal(err)
		}
		for _, th := range Diff(s, s) {
			if th.State == "S" && th.Syscall == "read" {
				main = th
			}
		}
		return main.TID != 0
	})
	if main.AsleepFor == 0 {
		if _, err := os.Stat("/proc/self/sched"); err == nil {
			t.Error("the kernel's account says nothing of when it last ran")
		}
	}
	// Between the moments at which it was started and at which it was last seen,
	// and a tick for the clock of a reader that has not been switched.
	if limit := time.Since(asked) + 10*time.Millisecond; main.AsleepFor > limit {
		t.Errorf("asleep for %v, but started %v ago", main.AsleepFor, limit)
	}
	// A later look, and nothing ran in between: the time has gone on with the wall's.
	a, _ := Sample(pid)
	until(t, "50 ms going by", func() bool { return time.Since(ready) > 50*time.Millisecond })
	b, err := Sample(pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range Diff(a, b) {
		if th.TID == main.TID && (th.AsleepFor <= main.AsleepFor || th.Switches != 0 || th.Ran != 0) {
			t.Errorf("after %v of sleep, later: %+v", main.AsleepFor, th)
		}
	}
}

func TestSpinningThread(t *testing.T) {
	pid := start(t, "spinner").Process.Pid
	a, err := Sample(pid)
	if err != nil {
		t.Fatal(err)
	}
	var load Load
	until(t, "a thread that runs", func() bool {
		b, err := Sample(pid)
		if err != nil {
			t.Fatal(err)
		}
		load = Between(a, b)
		for _, th := range Diff(a, b) {
			if th.State == "R" && th.Ran > 20*time.Millisecond && th.AsleepFor == 0 {
				return true
			}
		}
		return false
	})
	if load.Target <= 0 {
		t.Errorf("the program uses CPU, but the load is %+v", load)
	}
	if a.CPUs < 1 {
		t.Errorf("it may use %d CPUs", a.CPUs)
	}
}

func TestChildren(t *testing.T) {
	cmd := exec.Command("cat", "-", "/dev/null")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var r reader
	for _, c := range [][]int{scannedChildren(&r, os.Getpid())} {
		if len(c) != 1 || c[0] != cmd.Process.Pid {
			t.Errorf("by parent: %v, want %d", c, cmd.Process.Pid)
		}
	}
	got := Children(os.Getpid())
	if len(got) != 1 || got[0].PID != cmd.Process.Pid || got[0].Name != "cat" || got[0].Args != "cat - /dev/null" {
		t.Errorf("children: %+v", got)
	}
	in.Close()
	until(t, "the child as a zombie", func() bool {
		got := Children(os.Getpid())
		return len(got) == 1 && got[0].State == "Z"
	})
	cmd.Wait()
	if got := Children(os.Getpid()); len(got) != 0 {
		t.Errorf("still there: %+v", got)
	}
}

func TestSocket(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "orders.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fifo := filepath.Join(dir, "feed")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	feed, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pr.Close()
	defer pw.Close()

	tcp := dial(t, "tcp", "127.0.0.1:0")
	udp := dial(t, "udp", "127.0.0.1:9")
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := dial(t, "unix", path)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()

	tests := []struct {
		name string
		of   interface {
			SyscallConn() (syscall.RawConn, error)
		}
		kind   string
		local  string
		remote string
	}{
		{"file", file, "file", file.Name(), ""},
		{"fifo", feed, "fifo", fifo, ""},
		{"pipe", pr, "pipe", "pipe:", ""},
		{"tcp", tcp.(*net.TCPConn), "tcp", tcp.LocalAddr().String(), tcp.RemoteAddr().String()},
		{"udp", udp.(*net.UDPConn), "udp", udp.LocalAddr().String(), "127.0.0.1:9"},
		{"unix, listening", l.(*net.UnixListener), "unix", path, ""},
		{"unix, client", client.(*net.UnixConn), "unix", "", path},
		{"unix, server", server.(*net.UnixConn), "unix", path, ""},
	}
	for _, test := range tests {
		raw, err := test.of.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		raw.Control(func(fd uintptr) {
			s, ok := Socket(os.Getpid(), int(fd))
			if !ok || s.Kind != test.kind || !strings.HasPrefix(s.Local, test.local) || s.Remote != test.remote || s.FD != int(fd) {
				t.Errorf("%s: %+v, %v; want %s %s %s", test.name, s, ok, test.kind, test.local, test.remote)
			}
		})
	}
	if s, ok := Socket(os.Getpid(), 1<<20); ok {
		t.Errorf("a descriptor that is not open: %+v", s)
	}
}

// dial connects over the loopback, to a listener of its own for TCP.
func dial(t *testing.T, network, to string) net.Conn {
	t.Helper()
	if network == "tcp" {
		l, err := net.Listen(network, to)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		to = l.Addr().String()
	}
	c, err := net.Dial(network, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestGone(t *testing.T) {
	cmd := exec.Command("cat")
	cmd.Stdin = strings.NewReader("")
	cmd.Stdout = io.Discard
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	if s, err := Sample(pid); err == nil {
		t.Errorf("a process that has ended: %+v", s)
	}
	if c := Children(pid); c != nil {
		t.Errorf("children of a process that has ended: %v", c)
	}
}

func BenchmarkSample(b *testing.B) {
	for range 200 {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
	}
	for b.Loop() {
		if _, err := Sample(os.Getpid()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(must(threads(os.Getpid())))), "threads")
}

func must(tids []int, err error) []int {
	if err != nil {
		panic(err)
	}
	return tids
}

// A pipe leads to the child that has its other end.
func TestWithPipe(t *testing.T) {
	cmd := start(t, "sleeper")
	own, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "fd", "0")) // its standard input
	if err != nil {
		t.Fatal(err)
	}
	children := []evidence.Process{{PID: 1 << 30}, {PID: cmd.Process.Pid}}
	if got := WithPipe(children, own); got != cmd.Process.Pid {
		t.Errorf("%s leads to %d, not to %d", own, got, cmd.Process.Pid)
	}
	if got := WithPipe(children, "pipe:[0]"); got != 0 {
		t.Errorf("an unknown pipe leads to %d", got)
	}
}
