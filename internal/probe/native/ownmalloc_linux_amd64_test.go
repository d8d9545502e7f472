package native_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/text"
)

// A program with a malloc of its own is started as it is: what is recorded are the calls
// of that malloc, and its other functions go on to know its blocks.
func TestOwnMalloc(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	exe := build(t, "usable")
	// Its name says of the second one that it has a malloc.
	for _, name := range []string{"libowns.so", "libmymalloc.so"} {
		t.Run(name, func(t *testing.T) {
			lib := filepath.Join(t.TempDir(), name)
			if out, err := exec.Command("gcc", "-O2", "-fPIC", "-fno-builtin", "-shared", "-o", lib, "exact/testdata/ownmalloc.c").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			env := append(os.Environ(), "LD_PRELOAD="+lib)
			pre, err := native.NewPreload(exe, env)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := pre.Close(); err != nil {
					t.Error(err)
				}
			}()
			c := exec.Command(exe)
			c.Env = pre.Env(env)
			prog := running.Start(t, c)
			pre.Follow(prog.PID)
			prog.Until(t, "ready")
			a, err := attach.Process(prog.PID)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Close)
			res := run(t, a, native.Options{For: 2 * time.Second, Preload: pre})
			if !a.Process.Alive() {
				t.Fatal("the program has ended")
			}
			if !says(res.Limits, text.T("limit.native-own-malloc.why", lib).In(text.English)) {
				t.Error("it is not said that it was started without the library")
			}
			r := res.Native.Recording
			if r == nil {
				t.Fatal("nothing was recorded")
			}
			if loses := of(&res.Native, "main.loses"); r.Library != lib || loses.Allocated < 20 || loses.Freed < 10 || loses.Left < 5 {
				t.Errorf("of %s: %d allocated, %d freed, %d left", r.Library, loses.Allocated, loses.Freed, loses.Left)
			}
		})
	}
}
