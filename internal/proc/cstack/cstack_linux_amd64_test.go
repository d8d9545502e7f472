package cstack

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/host"
)

// build compiles testdata/nested.c.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "nested")
	args := append([]string{"-O2", "-fomit-frame-pointer", "-fno-optimize-sibling-calls", "-o", exe, "testdata/nested.c"}, flags...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc is needed (Debian: apt install gcc libc6-dev): %v\n%s", err, out)
	}
	return exe
}

// sleeper is a program that sleeps in gamma_sleep.
type sleeper struct {
	process *proc.Process
	maps    []proc.Mapping
	regs    Registers
}

// start runs a program until it sleeps, and reads its registers.
func start(t *testing.T, exe string, args ...string) sleeper {
	t.Helper()
	prog := running.Start(t, exec.Command(exe, args...))
	prog.Until(t, "ready")
	p, err := proc.Open(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	// "ready" comes just before the call: wait until the kernel shows it.
	for {
		where, err := p.WhereIs(prog.PID)
		if err != nil {
			t.Fatal(err)
		}
		if !where.Running && where.Syscall >= 0 && strings.Contains(wait(t, prog.PID), "nanosleep") {
			break
		}
		runtime.Gosched()
	}
	s := sleeper{process: p}
	if s.maps, err = p.Mappings(); err != nil {
		t.Fatal(err)
	}
	tracer := proc.NewTracer(p)
	defer tracer.Close()
	err = tracer.StopThread(prog.PID, func(r proc.Registers) {
		var ok bool
		if s.regs, ok = FromProc(r); !ok {
			t.Error("the registers are not whole")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func functions(s Stack) string {
	var names []string
	for _, f := range s.Frames {
		names = append(names, f.Function)
	}
	return strings.Join(names, " < ")
}

const nested = "gamma_sleep < app::Store::wait < beta < alpha"

func TestUnwind(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags []string
		args  []string
		want  string
	}{
		{name: "pie", want: nested + " < main"},
		{name: "no pie", flags: []string{"-no-pie", "-fno-pie"}, want: nested + " < main"},
		{name: "signal", args: []string{"x"}, want: nested + " < on_signal < "},
		{name: "frame pointers", flags: []string{"-fno-omit-frame-pointer"}, want: nested + " < main"},
		{name: "static", flags: []string{"-static"}, want: nested + " < main"},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := start(t, build(t, test.flags...), test.args...)
			s := New(target.process, target.maps, Options{}).Unwind(target.regs)
			got := functions(s)
			if !strings.Contains(got, test.want) || !strings.Contains(got, "main") {
				t.Errorf("%s\nwant %s", got, test.want)
			}
			if s.Stop != StopEnd || !s.Stop.Whole() {
				t.Errorf("stopped by %s after %s", s.Stop, got)
			}
			sp := uint64(0)
			for _, f := range s.Frames {
				if f.Origin != evidence.OriginC || f.PC == 0 || f.SP == 0 && f.Function != "_start" || f.File == "" {
					t.Errorf("frame %+v", f)
				}
				if f.SP != 0 && f.SP < sp {
					t.Errorf("frame %s is not above its callee", f.Function)
				}
				sp = f.SP
			}
		})
	}
}

func TestStopsAtGo(t *testing.T) {
	target := start(t, build(t))
	all := New(target.process, target.maps, Options{}).Unwind(target.regs)
	var alpha uint64
	for _, f := range all.Frames {
		if f.Function == "alpha" {
			alpha = f.PC
		}
	}
	s := New(target.process, target.maps, Options{IsGo: func(pc uint64) bool { return pc == alpha }}).Unwind(target.regs)
	if got := functions(s); s.Stop != StopGo || !strings.HasSuffix(got, " < beta") || s.After.PC != alpha {
		t.Errorf("%s: stopped by %s", got, s.Stop)
	}
}

// TestCopy unwinds a stack that has changed since it was copied.
func TestCopy(t *testing.T) {
	target := start(t, build(t))
	u := New(target.process, target.maps, Options{})
	sp := target.regs.Value[AMD64.sp]
	changed := &unreadable{Memory: target.process, from: sp, to: u.mapping(sp).End}
	stack := u.CopyStack(target.regs)
	stack.(*stackCopy).Memory, u.memory = changed, changed
	if s := u.UnwindFrom(stack, target.regs); s.Stop != StopEnd || !strings.Contains(functions(s), nested+" < main") {
		t.Errorf("%s: stopped by %s", functions(s), s.Stop)
	}
	if s := u.Unwind(target.regs); s.Stop.Whole() {
		t.Errorf("the copy is still in use: %s", functions(s))
	}
}

// unreadable is a memory with a hole.
type unreadable struct {
	Memory
	from, to uint64
}

func (m *unreadable) ReadAt(p []byte, addr uint64) error {
	if addr >= m.from && addr < m.to {
		return errors.New("hole")
	}
	return m.Memory.ReadAt(p, addr)
}

// TestStripped has no symbols of the program: library and offset stand for them.
func TestStripped(t *testing.T) {
	exe := build(t, "-s")
	target := start(t, exe)
	s := New(target.process, target.maps, Options{}).Unwind(target.regs)
	n := 0
	for _, f := range s.Frames {
		if strings.HasPrefix(f.Function, "nested+0x") && f.File == f.Function {
			n++
		}
	}
	if n < 5 || s.Stop != StopEnd {
		t.Errorf("%s: stopped by %s", functions(s), s.Stop)
	}
}

// TestDeleted has no files: the rules come from memory, the names of exported
// functions too.
func TestDeleted(t *testing.T) {
	exe := build(t, "-rdynamic")
	target := start(t, exe)
	if err := os.Remove(exe); err != nil {
		t.Fatal(err)
	}
	for i := range target.maps {
		if target.maps[i].Path == exe {
			target.maps[i].Path += " (deleted)"
		}
	}
	s := New(target.process, target.maps, Options{}).Unwind(target.regs)
	if got := functions(s); s.Stop != StopEnd || !strings.Contains(got, nested+" < main") {
		t.Errorf("%s: stopped by %s", got, s.Stop)
	}
}

// TestNoRules has functions without call frame information: the stack is cut
// there, or goes on by frame pointers, but never on and on.
func TestNoRules(t *testing.T) {
	target := start(t, build(t, "-no-pie", "-fno-pie", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-exceptions"))
	s := New(target.process, target.maps, Options{}).Unwind(target.regs)
	if got := functions(s); !strings.Contains(got, "gamma_sleep") || s.Stop == StopDepth {
		t.Errorf("%s: stopped by %s", got, s.Stop)
	}
}

// garbage is a memory that repeats b.
type garbage []byte

func (g garbage) ReadAt(p []byte, addr uint64) error {
	if len(g) == 0 {
		return errors.New("empty")
	}
	for i := range p {
		p[i] = g[(addr+uint64(i))%uint64(len(g))]
	}
	return nil
}

func FuzzUnwind(f *testing.F) {
	if b, err := os.ReadFile("/proc/self/exe"); err == nil {
		f.Add(b[:4096], uint64(0x1100))
	}
	f.Add([]byte("\x7fELF\x02\x01\x01"), uint64(0))
	f.Add(make([]byte, 64), uint64(1<<63))
	f.Fuzz(func(t *testing.T, b []byte, pc uint64) {
		maps := []proc.Mapping{
			{Start: 0x1000, End: 0x3000, Path: "[vdso]", Exec: true},
			{Start: 0x4000, End: 0x9000, Exec: true},
		}
		u := New(garbage(b), maps, Options{})
		r := RegistersAMD64(pc%0xa000, 0x8000, 0x8010, 1, 2, 3, 4, 5)
		if s := u.Unwind(r); len(s.Frames) > maxDepth || s.Stop == "" {
			t.Fatalf("%+v", s)
		}
		// The description's reader alone, where the search would not lead.
		if rule, err := u.readRule(pc); err == nil {
			u.apply(rule, rule.fde.Begin(), r)
		}
		straight(b)
	})
}

// wait names the system call that a thread sleeps in.
func wait(t *testing.T, pid int) string {
	t.Helper()
	s, err := host.Sample(pid)
	if err != nil {
		t.Fatal(err)
	}
	return s.Threads[0].Syscall
}
