package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/house/running"
)

// confined is a running program of testdata/confined.c.
type confined struct {
	*Process
	prog *running.Program
}

func startConfined(t *testing.T, how string) *confined {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "confined")
	if out, err := exec.Command("gcc", "-O1", "-pthread", "-o", bin, "testdata/confined.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	prog := running.Start(t, exec.Command(bin, how))
	prog.Until(t, "ready")
	p, err := Open(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	return &confined{p, prog}
}

func (c *confined) look(t *testing.T) (slept, polled int) {
	t.Helper()
	if _, err := fmt.Fprintln(c.prog.Stdin); err != nil {
		t.Fatalf("it has ended: %v", err)
	}
	if !c.prog.Lines.Scan() {
		t.Fatalf("it has ended: %v", c.prog.Lines.Err())
	}
	if _, err := fmt.Sscan(c.prog.Lines.Text(), &slept, &polled); err != nil {
		t.Fatalf("%q: %v", c.prog.Lines.Text(), err)
	}
	return slept, polled
}

// goesOn fails the test unless both threads come out of their waits.
func (c *confined) goesOn(t *testing.T) {
	t.Helper()
	slept, polled := c.look(t)
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if s, p := c.look(t); s > slept+1 && p > polled+1 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("it does not go on")
		}
	}
}

// A program that a filter would end for a call that it does not expect is neither ended
// nor disturbed, by nothing that gomedic does.
func TestConfined(t *testing.T) {
	for _, how := range []string{"all", "restarts", "errors"} {
		t.Run(how, func(t *testing.T) {
			c := startConfined(t, how)
			if !c.Confined() {
				t.Fatal("it is not confined")
			}
			if s, err := c.Snapshot(context.Background(), SnapshotOptions{}); ReasonOf(err) != Seccomp {
				t.Errorf("a copy: %v", err)
				if err == nil {
					s.Close()
				}
			}
			c.goesOn(t)
			for range 5 {
				s, err := c.Snapshot(context.Background(), SnapshotOptions{Stop: true})
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			c.goesOn(t)
			tids, err := c.Threads()
			if err != nil || len(tids) != 3 {
				t.Fatal(tids, err)
			}
			tracer := NewTracer(c.Process)
			defer tracer.Close()
			for range 20 {
				for _, tid := range tids {
					if err := tracer.StopThread(tid, func(Registers) {}); err != nil && !errors.Is(err, ErrNotStopped) {
						t.Fatal(err)
					}
				}
			}
			c.goesOn(t)
			_, err = c.Operate(func(o *Operation) error {
				_, err := o.Call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, ^uint64(0), 0)
				return err
			})
			if ReasonOf(err) != Seccomp {
				t.Errorf("a call: %v", err)
			}
			if _, _, err := c.makeCalls([]call{{nr: unix.SYS_GETPID}}); ReasonOf(err) != Seccomp {
				t.Errorf("a call: %v", err)
			}
			c.goesOn(t)
			if n := childrenOf(t, c.PID); len(n) > 0 {
				t.Errorf("it has children: %v", n)
			}
		})
	}
}

// A program of which one thread alone has confined itself is confined.
func TestOneConfined(t *testing.T) {
	c := startConfined(t, "one")
	if st, err := readStatus(c.PID); err != nil || isConfined(st) {
		t.Fatalf("its main thread is confined, too: %v", err)
	}
	if !c.Confined() {
		t.Error("it is not called confined")
	}
	c.goesOn(t)
}

// A filter says of each call what the kernel would say.
func TestFilterAllows(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may read no filters")
	}
	c := startConfined(t, "restarts")
	tracer := NewTracer(c.Process)
	defer tracer.Close()
	err := tracer.StopThread(c.PID, func(Registers) {
		for nr, want := range map[int32]bool{unix.SYS_READ: true, unix.SYS_FUTEX: true, unix.SYS_RESTART_SYSCALL: true,
			unix.SYS_CLONE: false, unix.SYS_MMAP: false, unix.SYS_WAIT4: false} {
			if got, known := filterAllows(c.PID, seccompData{nr: nr, arch: 0xc000003e}); !known || got != want {
				t.Errorf("call %d: %v, known: %v", nr, got, known)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	c.goesOn(t)
}

// What is no filter is refused, and none runs for ever.
func TestRunFilter(t *testing.T) {
	d := (&seccompData{nr: 7, args: [6]uint64{1 << 40}}).bytes()
	for _, test := range []struct {
		name string
		code []filterInsn
		want uint32
		ok   bool
	}{
		{"number", []filterInsn{{code: 0x20, k: 0}, {code: 0x15, jt: 0, jf: 1, k: 7}, {code: 6, k: 1}, {code: 6, k: 2}}, 1, true},
		{"upper half", []filterInsn{{code: 0x20, k: 20}, {code: 0x16}}, 1 << 8, true},
		{"memory", []filterInsn{{code: 0, k: 5}, {code: 2, k: 3}, {code: 0, k: 0}, {code: 0x61, k: 3}, {code: 0x87}, {code: 0x16}}, 5, true},
		{"arithmetic", []filterInsn{{code: 0, k: 6}, {code: 0x54, k: 3}, {code: 0x64, k: 4}, {code: 0x16}}, 32, true},
		{"length", []filterInsn{{code: 0x80}, {code: 0x16}}, 64, true},
		{"ends without a verdict", []filterInsn{{code: 0, k: 1}}, 0, false},
		{"reads behind", []filterInsn{{code: 0x20, k: 64}, {code: 0x16}}, 0, false},
		{"jumps far", []filterInsn{{code: 5, k: 0xffffffff}}, 0, false},
		{"divides by nothing", []filterInsn{{code: 0x34, k: 0}, {code: 6}}, 0, false},
		{"stores outside", []filterInsn{{code: 2, k: 16}, {code: 6}}, 0, false},
	} {
		if got, ok := runFilter(test.code, d); got != test.want && ok || ok != test.ok {
			t.Errorf("%s: %#x, %v", test.name, got, ok)
		}
	}
}

func TestHasShadowStack(t *testing.T) {
	for status, want := range map[string]bool{
		"Name:\tapp\nx86_Thread_features:\tshstk \nx86_Thread_features_locked:\tshstk wrss \n": true,
		"Name:\tapp\nx86_Thread_features:\t\nx86_Thread_features_locked:\tshstk wrss \n":       false,
		"Name:\tapp\n": false,
	} {
		if got := hasShadowStack(parseStatus([]byte(status))); got != want {
			t.Errorf("%q: %v", status, got)
		}
	}
}
