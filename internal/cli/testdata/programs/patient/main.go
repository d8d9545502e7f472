// Command patient is a small Go program without a window that is ill, or well,
// in the way that its argument names. It says "ready" and its pid (or that of
// the process meant) when it is so, and ends when its standard input does, or
// after two minutes.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var ways = map[string]func(){
	"chain":   chain,
	"core":    core,
	"well":    well,
	"busy":    busy,
	"zombie":  zombie,
	"debug":   held,
	"brief":   brief,
	"beating": beating,
}

func main() {
	// Where Yama guards processes, only a parent may look into one, and gomedic is
	// not ours: let it (prctl(2), PR_SET_PTRACER, PR_SET_PTRACER_ANY).
	syscall.RawSyscall(syscall.SYS_PRCTL, 0x59616d61, ^uintptr(0), 0)
	time.AfterFunc(2*time.Minute, func() { os.Exit(0) })
	if os.Args[1] == "driver" {
		driver()
		return
	}
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			fmt.Println(beats.Load())
		}
		os.Exit(0)
	}()
	ways[os.Args[1]]()
	select {}
}

func ready(pid int) { fmt.Println("ready", pid) }

// chain: main waits for a lock whose holder waits for a channel.
func chain() {
	var s store
	in, locked := make(chan int), make(chan bool)
	go s.sync(in, locked)
	<-locked
	go func() {
		for !waits("main.(*store).count") {
			runtime.Gosched()
		}
		ready(os.Getpid())
		time.Sleep(time.Hour)
		in <- 1
	}()
	s.count()
}

// core: like chain, and SIGQUIT makes it leave a core file.
func core() {
	debug.SetTraceback("crash")
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		panic(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		panic(err)
	}
	chain()
}

type store struct {
	mu    sync.Mutex
	total int
}

func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func (s *store) sync(in <-chan int, locked chan<- bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	locked <- true
	s.total += <-in
}

// waits reports whether a goroutine waits for a lock in the function.
func waits(function string) bool {
	all := make([]byte, 1<<16)
	all = all[:runtime.Stack(all, true)]
	for _, g := range bytes.Split(all, []byte("\n\n")) {
		if bytes.Contains(g, []byte("[sync.Mutex.Lock")) && bytes.Contains(g, []byte(function)) {
			return true
		}
	}
	return false
}

// well: a worker that gets a job every now and then.
func well() {
	jobs := make(chan int)
	go func() {
		for range jobs {
		}
	}()
	ready(os.Getpid())
	for i := 0; ; i++ {
		time.Sleep(10 * time.Millisecond)
		jobs <- i
	}
}

// busy: main computes.
func busy() {
	ready(os.Getpid())
	sum := 0
	for i := 0; ; i++ {
		sum += i * i
	}
}

// beats is how often the program has gone round; it says so for each line of its
// input.
var beats atomic.Uint64

// beating: computes on two threads, and waits on others.
func beating() {
	for range 2 {
		go func() {
			for {
				beats.Add(1)
			}
		}()
	}
	ready(os.Getpid())
	for {
		time.Sleep(time.Millisecond)
	}
}

// zombie: a child that has ended and is not waited for.
func zombie() {
	cmd := exec.Command(os.Args[0], "none") // a way that is not known: it panics and ends
	out, err := cmd.StderrPipe()
	if err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	io.Copy(io.Discard, out) // until it has closed its standard error
	for state(cmd.Process.Pid) != "Z" {
		runtime.Gosched()
	}
	ready(cmd.Process.Pid)
}

func state(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	if fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]); len(fields) > 0 {
		return string(fields[0])
	}
	return ""
}

// held: holds a child as a debugger does.
func held() {
	runtime.LockOSThread()
	cmd := exec.Command(os.Args[0], "well")
	in, err := cmd.StdinPipe()
	if err != nil {
		panic(err)
	}
	defer in.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, 0, nil); err != nil {
		panic(err)
	}
	ready(cmd.Process.Pid)
	select {}
}

// driver: its graphics driver complains on standard error. When who started it is gone,
// it says so there, and ends.
func driver() {
	fmt.Fprintln(os.Stderr, "libGL error: failed to load driver: radeonsi")
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "alone")
}

// brief: ends 300 ms after a byte comes in, while it is examined.
func brief() {
	ready(os.Getpid())
	time.Sleep(700 * time.Millisecond)
	os.Exit(0)
}
