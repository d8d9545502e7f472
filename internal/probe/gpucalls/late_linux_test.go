package gpucalls_test

import (
	"context"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
)

// lately watches a program that may have no driver yet, until do has ended, which runs
// beside the watch.
func lately(t *testing.T, v *vulkan, layer *gpucalls.Layer, do func()) (*evidence.GPUCalls, []report.Limit) {
	t.Helper()
	a, err := attach.Process(v.pid)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var done sync.WaitGroup
	gpucalls.Started(func() {
		done.Go(func() {
			defer cancel()
			do()
		})
	})
	defer gpucalls.Started(nil)
	ev, limits, _, err := gpucalls.Run(ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, 0, layer)
	if err != nil {
		t.Error(err)
	}
	done.Wait()
	return ev, limits
}

// denied calls f on a thread that may set no probes.
func denied(t *testing.T, f func()) {
	t.Helper()
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // it ends with the goroutine
		h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var caps [2]unix.CapUserData
		if failed = unix.Capget(&h, &caps[0]); failed != nil {
			return
		}
		for _, c := range []int{unix.CAP_SYS_ADMIN, unix.CAP_PERFMON, unix.CAP_BPF} {
			caps[c/32].Effective &^= 1 << (c % 32)
		}
		if failed = unix.Capset(&h, &caps[0]); failed == nil {
			f()
		}
	}()
	<-done
	if failed != nil {
		t.Fatal(failed)
	}
}

// A program may make its device long after the watch has begun, and load Vulkan only
// then: what it allocates first has its line, and all of its calls are counted once,
// whether probes may be set or not.
func TestDeviceInTheWatch(t *testing.T) {
	exe := build(t, "late")
	for name, c := range map[string]struct {
		loaded, root bool
	}{"loaded, no probes": {true, false}, "not loaded, no probes": {false, false}, "loaded, probes": {true, true}, "not loaded, probes": {false, true}} {
		t.Run(name, func(t *testing.T) {
			if c.root && os.Geteuid() != 0 {
				t.Skip("this user may set no probes")
			}
			layer := newLayer(t)
			v := startVulkan(t, exe, os.Environ(), layer)
			if c.loaded {
				v.do("load")
			}
			var ev *evidence.GPUCalls
			var limits []report.Limit
			watch := func() {
				ev, limits = lately(t, v, layer, func() {
					v.do("device")
					v.do("waits")
				})
			}
			if c.root {
				watch()
			} else {
				denied(t, watch)
			}
			if ev == nil {
				t.Fatalf("no evidence: %v", limits)
			}
			got := counted(ev)
			want := map[string]string{
				"vkAllocateMemory main.allocates": "3 made, 0 destroyed, grown by 3",
				"memory main.allocates":           "196608 bytes in 3 pieces",
				"vkQueueWaitIdle main.waits":      "10 times in 0 frames, 0 same",
			}
			if !maps.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			if !ev.Layer || len(limits) > 0 || ev.Lost != 0 || !slices.Contains(ev.APIs, "vulkan") || len(ev.Libraries) == 0 {
				t.Errorf("layer %v, limits %v, %d lost, %v, %v", ev.Layer, limits, ev.Lost, ev.APIs, ev.Libraries)
			}
		})
	}
}

// A program that makes no device is watched as long as it was to be, and told once why
// there is nothing.
func TestNoDeviceInTheWatch(t *testing.T) {
	exe := build(t, "late")
	for name, c := range map[string]struct {
		loaded bool
		want   string
	}{"loaded": {true, "limit.gpucalls-privilege.why limit.gpucalls-no-device.why"}, "not loaded": {false, "limit.gpucalls-none.why"}} {
		t.Run(name, func(t *testing.T) {
			layer := newLayer(t)
			v := startVulkan(t, exe, os.Environ(), layer)
			if c.loaded {
				v.do("load")
			}
			denied(t, func() {
				ev, limits := lately(t, v, layer, func() { v.do("rest") })
				got := ""
				for i, l := range limits {
					if i > 0 {
						got += " "
					}
					got += l.Why.Key
				}
				if ev != nil || got != c.want {
					t.Errorf("%v, limits %s, want %s", ev, got, c.want)
				}
			})
		})
	}
}
