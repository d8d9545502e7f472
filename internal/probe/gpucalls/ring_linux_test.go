package gpucalls_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/layer"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// The layer's ring is emptied while the watch is busy, as when it looks for the driver:
// nothing is lost, and the books of the device's memory are right.
func TestRingWhileBusy(t *testing.T) {
	l := newLayer(t)
	v := startVulkan(t, build(t, "vulkan"), os.Environ(), l)
	a, err := attach.Process(v.pid)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const times = 6 // of 2,002 calls; the ring has room for 4,096
	gpucalls.Started(func() {
		defer cancel()
		for n := 1; n <= times; n++ {
			v.do("some")
			for gpucalls.Pieces(l) < n { // which was noted last
				if ctx.Err() != nil {
					t.Errorf("of %d pieces %d were read", n, gpucalls.Pieces(l))
					return
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
	defer gpucalls.Started(nil)
	ev, limits, _, err := gpucalls.Run(ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, 0, l)
	if err != nil || ev == nil || ev.Lost != 0 {
		t.Fatalf("%+v, %v, %v", ev, limits, err)
	}
	if got, want := counted(ev)["memory main.keepsImage"], "393216 bytes in 6 pieces"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The program's memory is not searched where the layer sees its calls, and not again
// where its device was found.
func TestSearchedOnce(t *testing.T) {
	v := startVulkan(t, build(t, "vulkan"), os.Environ(), nil)
	p, err := proc.Open(v.pid)
	if err != nil {
		t.Fatal(err)
	}
	if first, second, err := gpucalls.Searched(p, false); err != nil || first == 0 || second != 0 {
		t.Errorf("%d bytes, then %d, %v", first, second, err)
	}
	if first, second, err := gpucalls.Searched(p, true); err != nil || first != 0 || second != 0 {
		t.Errorf("layered: %d bytes, then %d, %v", first, second, err)
	}
}

// A wait that began when the ring was full, and ended when it was not, is lost, and not
// noted as one that took no time.
func TestLongerThanFull(t *testing.T) {
	v := startVulkan(t, build(t, "vulkan"), newLayer(t).Env(os.Environ()), nil)
	v.do("many")
	p, err := proc.Open(v.pid)
	if err != nil {
		t.Fatal(err)
	}
	r, err := layer.Find(p)
	if err != nil {
		t.Fatal(err)
	}
	waits := 0
	poll := func() {
		t.Helper()
		err := r.Poll(func(c *layer.Record) {
			if c.Func != "vkWaitForFences" {
				return
			}
			const longWait = 100 * time.Millisecond
			if waits++; time.Duration(c.End-c.Start) < longWait {
				t.Errorf("a wait of %v", time.Duration(c.End-c.Start))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.in.Write([]byte("long\n")); err != nil {
		t.Fatal(err)
	}
	for n := 0; v.lines.Scan() && v.lines.Text() != "done"; {
		if n++; n == 2 { // the third is under way
			poll()
		}
	}
	poll()
	if waits == 0 || r.Lost() == 0 {
		t.Errorf("%d waits, %d lost", waits, r.Lost())
	}
}
