package native_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native"
)

func TestRecord(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	testRecord(t, build(t, "pairs"))
}

func TestRecordMusl(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	for _, m := range musls {
		t.Run(m.name, func(t *testing.T) { testRecord(t, buildMusl(t, "pairs", m.flags)) })
	}
}

// In namespaces of its own, with other ids of processes and threads and other files, a
// program is recorded as well.
func TestRecordSandboxed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may make no namespaces")
	}
	exe := buildMusl(t, "pairs", musls[0].flags)
	testRecordOf(t, &exec.Cmd{Path: "/" + filepath.Base(exe), SysProcAttr: &syscall.SysProcAttr{Chroot: filepath.Dir(exe),
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}})
}

func testRecord(t *testing.T, exe string) { testRecordOf(t, exec.Command(exe)) }

func testRecordOf(t *testing.T, c *exec.Cmd) {
	prog := running.Start(t, c)
	lines := prog.Lines
	lines.Scan() // ready
	a, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	snap, err := freeze(a)
	if err != nil {
		t.Fatal(err)
	}
	r, err := native.NewRecorder(a.Process, a.Program.In(snap), snap.Threads)
	snap.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.On(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(prog.Stdin, "go")
	for lines.Scan() && lines.Text() != "done" {
		t.Log(lines.Text())
	}
	if err := r.Off(); err != nil {
		t.Fatal(err)
	}
	rec, err := r.Result()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d sites, %d stepped, %d allocated, %d freed, %d unseen, %d left, %d stacks", rec.Library, rec.Sites, rec.Stepped, rec.Allocated, rec.Freed, rec.Unseen, len(rec.Left), len(rec.Stacks))
	got := map[string][2]uint64{}
	for _, s := range rec.Stacks {
		for _, pc := range s.Go {
			f, ok := a.Program.FindFunc(pc - 1)
			if !ok {
				t.Errorf("%#x is no function", pc)
				continue
			}
			if strings.HasPrefix(f.Name(), "main.") && !strings.HasPrefix(f.Name(), "main._cgo") && f.Name() != "main._Cfunc_CString" {
				g := got[f.Name()]
				got[f.Name()] = [2]uint64{g[0] + s.N, g[1] + s.Freed}
				break
			}
		}
	}
	want := map[string][2]uint64{ // testdata/pairs
		"main.strings": {9000, 8100}, "main._Cfunc_inC": {70, 0}, "main._Cfunc_callocs": {500, 500}, "main._Cfunc_callocsLeft": {30, 0},
		"main._Cfunc_grows": {200, 200}, "main._Cfunc_shrinks": {200, 200}, "main._Cfunc_reallocLeft": {40, 20},
		"main._Cfunc_aligned": {120, 80}, "main._Cfunc_large": {50, 25}, "main._Cfunc_dup": {90, 60},
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: allocated and freed %v, not %v", name, got[name], w)
		}
	}
	if rec.Unseen != 0 {
		t.Errorf("for %d there was no room", rec.Unseen)
	}
}
