package native_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/native"
)

// What a library allocates that is unloaded in the middle of the recording is found all
// the same, and the program goes on.
func TestUnloaded(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	lib := filepath.Join(t.TempDir(), "later.so")
	if out, err := exec.Command("gcc", "-O1", "-shared", "-fPIC", "-o", lib, "exact/testdata/later.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	exe := build(t, "unloads")
	for _, exactly := range []bool{false, true} {
		a := start(t, exe, lib)
		res := run(t, a, native.Options{For: 3 * time.Second, Exact: exactly})
		if !a.Process.Alive() {
			t.Fatal("the program has ended")
		}
		n := &res.Native
		loses := of(n, "main.loses")
		if exactly {
			// What it calls before its table is found leads to malloc itself.
			if n.Recording == nil || len(n.Looks) != 2 || n.Looks[1].Lost <= n.Looks[0].Lost {
				t.Errorf("recorded %+v, looks %+v", n.Recording, n.Looks)
			}
			continue
		}
		if loses.Left < 3 || loses.Lost < 3 || loses.LeftBytes < 60*loses.Left {
			t.Errorf("of %d left (%d bytes), %d are lost", loses.Left, loses.LeftBytes, loses.Lost)
		}
	}
}
