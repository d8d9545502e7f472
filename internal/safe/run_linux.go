package safe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpu"
	"github.com/gomedic/gomedic/internal/proc/xpicture"
)

// Times of a try.
const (
	Patience = 12 * time.Second       // the usual one for a window
	look     = 100 * time.Millisecond // between two looks at the screen
	steady   = time.Second            // for so long must the picture stay
	unseen   = 4 * time.Second        // after which a program on Wayland is believed to run
	goodbye  = 3 * time.Second        // between asking a program to end and ending it
)

// Run tries the rungs one after the other until the program's window draws, and then
// waits until the program ends. Errors: those of this package, and of starting.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	if o.Patience == 0 {
		o.Patience = Patience
	}
	rungs := Ladder(&o.Program, o.Env)
	res := &Result{Safe: evidence.Safe{Program: o.Program.Path, Args: o.Program.Args, Ladder: rungs, Rebuild: Rebuilds(&o.Program)}}
	rungs, err := begin(rungs, o.From)
	if err != nil {
		return nil, err
	}
	if o.Only {
		rungs = rungs[:1]
	}
	x, err := screen(o.Env)
	if err != nil {
		return nil, err
	}
	if x != nil {
		defer x.Close()
	}
	for i := range rungs {
		t := &try{o: &o, rung: &rungs[i], x: x}
		again, err := t.run(ctx, res)
		if err != nil || !again {
			return res, err
		}
	}
	if plain(res.Safe.Tried) {
		t := &try{o: &o, rung: &rungs[0], x: x, accept: true}
		if _, err := t.run(ctx, res); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// plain: on every rung the program drew frames, all of one colour: that may be its
// picture.
func plain(tried []evidence.Try) bool {
	return len(tried) > 1 && !slices.ContainsFunc(tried, func(t evidence.Try) bool { return t.Outcome != evidence.TryBlank || t.Frames == 0 })
}

// begin leaves the rungs from the one that was asked for on.
func begin(rungs []evidence.Rung, from string) ([]evidence.Rung, error) {
	if from == "" {
		return rungs, nil
	}
	if from == AsIs {
		return append([]evidence.Rung{{Name: AsIs}}, rungs...), nil
	}
	i := slices.IndexFunc(rungs, func(r evidence.Rung) bool { return r.Name == from })
	if i < 0 {
		return nil, ErrUnknown
	}
	return rungs[i:], nil
}

// screen connects to the X display; nil where the session is a Wayland one.
func screen(env []string) (*xpicture.Screen, error) {
	display := variable(env, "DISPLAY")
	wayland := variable(env, "WAYLAND_DISPLAY") != ""
	if display == "" {
		if wayland {
			return nil, nil
		}
		return nil, ErrNoDisplay
	}
	x, err := xpicture.Open(display)
	if err != nil && !wayland {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	return x, nil
}

// try is one start of the program.
type try struct {
	o     *Options
	rung  *evidence.Rung
	env   []string
	f     *folders
	cmd   *exec.Cmd
	begun time.Time
	ended chan struct{} // closed when it has ended
	out   evidence.Try
	heard *hearing
	last  gpu.Result
	x     *xpicture.Screen // nil: windows cannot be looked at
	// accept takes a window of one colour for what it is.
	accept bool
}

// run makes the try. again says that the next rung is to be tried.
func (t *try) run(ctx context.Context, res *Result) (again bool, err error) {
	if t.o.Told != nil {
		t.o.Told(t.rung, nil)
	}
	if t.f, err = makeFolders(t.rung, t.o.Env); err != nil {
		return false, err
	}
	defer func() {
		if kept := t.f.giveBack(); kept != "" {
			res.Safe.Kept = kept
		}
	}()
	t.out.Rung = t.rung.Name
	if err := t.start(); err != nil {
		return false, err
	}
	defer t.end() // whatever comes
	again = t.watch(ctx)
	t.out.AfterMS = float64(time.Since(t.begun).Microseconds()) / 1000
	if works(t.out.Outcome) {
		t.count(ctx)
	} else {
		if t.out.Outcome == evidence.TryBlank {
			t.count(ctx)
		}
		t.end()
	}
	t.out.Said, t.out.Driver = t.heard.tail(), t.heard.output()
	res.Safe.Tried = append(res.Safe.Tried, t.out)
	res.GPU = &t.last.GPU
	res.GPU.Output = t.out.Driver
	switch t.out.Outcome {
	case evidence.TryDraws, evidence.TryRuns, evidence.TryPlain:
		res.Safe.Worked, res.Ran = t.rung.Name, true
	case evidence.TryEnded, evidence.TryStopped:
		res.Ran = true
	}
	if t.o.Told != nil {
		t.o.Told(t.rung, &t.out)
	}
	if works(t.out.Outcome) {
		t.wait(ctx)
	}
	res.Exit = t.exit()
	return again, nil
}

// works: the program is left to run.
func works(outcome string) bool {
	return outcome == evidence.TryDraws || outcome == evidence.TryRuns || outcome == evidence.TryPlain
}

// start starts the program as the head of a process group of its own, so that all that
// it starts can be ended with it. On a terminal that group gets the keyboard.
func (t *try) start() error {
	t.cmd = exec.Command(t.o.Program.Path, t.o.Program.Args...)
	t.env = environ(t.rung, t.o.Env, t.f)
	t.heard = &hearing{to: t.o.Stderr}
	t.cmd.Env = t.env
	t.cmd.Stdout, t.cmd.Stderr = t.o.Stdout, t.heard
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if t.o.Stdin != nil {
		t.cmd.Stdin = t.o.Stdin
		if fd := int(t.o.Stdin.Fd()); term.IsTerminal(fd) && foreground(fd) {
			t.cmd.SysProcAttr.Foreground, t.cmd.SysProcAttr.Ctty = true, fd
		}
	}
	t.cmd.WaitDelay = time.Second // a grandchild may keep standard error open
	t.begun = time.Now()
	if err := t.cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	t.ended = make(chan struct{})
	go func() {
		_ = t.cmd.Wait() // how it ended is in ProcessState
		close(t.ended)
	}()
	return nil
}

// foreground reports whether this process's group has the terminal.
func foreground(fd int) bool {
	pgrp, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && pgrp == unix.Getpgrp()
}

// watch looks at the screen until it is known what came of the try.
func (t *try) watch(ctx context.Context) (again bool) {
	late := time.After(t.o.Patience)
	ticks := time.NewTicker(look)
	defer ticks.Stop()
	var drawnSince time.Time
	wayland := variable(t.env, "WAYLAND_DISPLAY") != ""
	for {
		select {
		case <-t.ended:
			return t.died()
		case <-ctx.Done():
			t.out.Outcome = evidence.TryStopped
			return false
		case s := <-t.o.Signals:
			t.pass(s)
			if s != syscall.SIGWINCH && s != syscall.SIGUSR1 && s != syscall.SIGUSR2 {
				t.out.Outcome = evidence.TryStopped
				return false
			}
		case <-late:
			t.out.Outcome = evidence.TryNoWindow
			if t.out.Width > 0 {
				t.out.Outcome = evidence.TryBlank
			}
			t.renderer()
			return true
		case <-ticks.C:
			if t.x != nil {
				p, err := t.x.Look(t.own())
				if err == nil && p.Windows > 0 {
					t.out.Width, t.out.Height, t.out.Colours = p.W, p.H, p.Colours
				}
				if err != nil || p.Colours < 2 && !(t.accept && p.Colours == 1) {
					drawnSince = time.Time{}
				} else if drawnSince.IsZero() {
					drawnSince = time.Now()
				} else if time.Since(drawnSince) >= steady {
					t.renderer()
					t.out.Outcome = evidence.TryDraws
					if t.accept {
						t.out.Outcome = evidence.TryPlain
					}
					return false
				}
			}
			if wayland && t.out.Width == 0 && time.Since(t.begun) > unseen {
				if t.renderer(); t.out.Renderer != "" || t.out.GL != "" || t.out.Software != "" {
					t.out.Outcome = evidence.TryRuns
					return false
				}
			}
		}
	}
}

// died says how the program ended before it drew.
func (t *try) died() (again bool) {
	t.out.Exit = t.cmd.ProcessState.ExitCode()
	asked := t.out.Exit == 128+int(syscall.SIGINT) // as programs say that handle Ctrl-C
	if s, ok := t.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		t.out.Signal = s.Signal().String()
		asked = s.Signal() == syscall.SIGINT || s.Signal() == syscall.SIGTERM || s.Signal() == syscall.SIGHUP
	}
	switch {
	case asked: // on a terminal Ctrl-C is the program's alone
		t.out.Outcome = evidence.TryStopped
		return false
	case t.out.Exit == 0:
		t.out.Outcome = evidence.TryEnded
		return false
	}
	t.out.Outcome = evidence.TryDied
	return true
}

// own reports of a process whether it is of the program's group.
func (t *try) own() func(pid int) bool {
	group := t.cmd.Process.Pid
	return func(pid int) bool {
		if pid == group {
			return true
		}
		g, err := unix.Getpgid(pid)
		return err == nil && g == group
	}
}

// wait waits for the program's end, and passes on signals.
func (t *try) wait(ctx context.Context) {
	done := ctx.Done()
	for {
		select {
		case <-t.ended:
			return
		case s := <-t.o.Signals:
			t.pass(s)
		case <-done:
			done = nil
			t.pass(syscall.SIGTERM)
		}
	}
}

// pass gives a signal to the program's group.
func (t *try) pass(s os.Signal) {
	if n, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-t.cmd.Process.Pid, n)
	}
}

// end ends the program's group, politely at first, and takes the terminal back.
func (t *try) end() {
	_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGTERM)
	_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGCONT)
	select {
	case <-t.ended:
	case <-time.After(goodbye):
	}
	_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL)
	<-t.ended
	if t.cmd.SysProcAttr.Foreground {
		signal.Ignore(syscall.SIGTTOU)
		_ = unix.IoctlSetPointerInt(t.cmd.SysProcAttr.Ctty, unix.TIOCSPGRP, unix.Getpgrp())
		signal.Reset(syscall.SIGTTOU)
	}
}

// exit is the program's exit code, as a shell gives it.
func (t *try) exit() int {
	<-t.endedOrNow()
	if t.cmd.ProcessState == nil {
		return 0
	}
	if s, ok := t.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return 128 + int(s.Signal())
	}
	return t.cmd.ProcessState.ExitCode()
}

// endedOrNow is closed when the program has ended; a program that is stopped is ended.
func (t *try) endedOrNow() <-chan struct{} {
	select {
	case <-t.ended:
	default:
		t.end()
	}
	return t.ended
}

// hearing copies standard error, and keeps what the driver said and the last lines.
type hearing struct {
	to   io.Writer
	mu   sync.Mutex
	gpu  gpu.Output
	kept []byte
}

const maxKept = 4096

func (h *hearing) Write(b []byte) (int, error) {
	h.mu.Lock()
	_, _ = h.gpu.Write(b) // it always succeeds
	h.kept = append(h.kept, b...)
	h.kept = h.kept[max(0, len(h.kept)-maxKept):]
	h.mu.Unlock()
	if h.to == nil {
		return len(b), nil
	}
	return h.to.Write(b)
}

// tail are the last lines that mean something.
func (h *hearing) tail() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	const most = 4
	var lines []string
	for line := range bytes.Lines(h.kept) {
		s := strings.TrimSpace(strings.ToValidUTF8(string(line), "\ufffd"))
		s = strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, s)
		if s != "" {
			lines = append(lines, s[:min(len(s), 300)])
		}
	}
	return lines[max(0, len(lines)-most):]
}

func (h *hearing) output() []evidence.DriverMessage {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.gpu.Messages())
}

// members are the processes of the program's group, its head first.
func (t *try) members() []int {
	pids := []int{t.cmd.Process.Pid}
	own := t.own()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return pids
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != pids[0] && own(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}
