package gpucalls

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
)

func number(t *testing.T, name string) uint8 {
	t.Helper()
	for i := range functions {
		if functions[i].name == name {
			return uint8(i)
		}
	}
	t.Fatalf("no function %s", name)
	return 0
}

// The table has a number for each function, and for each object what makes it and what
// destroys it, once.
func TestFunctions(t *testing.T) {
	if len(functions) > bpf.Funcs {
		t.Fatalf("%d functions", len(functions))
	}
	names, makes, destroys := map[string]bool{}, map[string]int{}, map[string]int{}
	for _, f := range functions {
		if names[f.name] {
			t.Errorf("%s twice", f.name)
		}
		names[f.name] = true
		if (f.object == "") == (f.kind == "") {
			t.Errorf("%s is %q and deals with %q", f.name, f.kind, f.object)
		}
		switch {
		case f.object == "":
			if (f.about != "") != (f.how == bpf.Shows || f.how == bpf.Points) {
				t.Errorf("%s: %+v", f.name, f)
			}
		case f.how >= bpf.Destroys:
			destroys[f.object]++
		default:
			makes[f.object]++
		}
	}
	for o := range makes {
		if makes[o] != 1 || destroys[o] != 1 {
			t.Errorf("%s: %d make it, %d destroy it", o, makes[o], destroys[o])
		}
	}
}

// A second of sixty frames: a picture, a finish, a fence that is waited for at once and
// one that is forgotten, and textures that live for ten frames.
func TestGather(t *testing.T) {
	const base = 1_000_000_000
	g := newGathering(base, functions)
	at := int64(base)
	call := func(name string, stack uint64, took time.Duration, args [3]uint64, names ...uint64) {
		e := bpf.Event{Start: at, End: at + int64(took), CPU: int64(took / 2), Stack: stack, GoID: 1, TID: 7, Func: number(t, name), Args: args, Names: names}
		at = e.End
		g.event(&e)
	}
	for i := range uint64(60) {
		call("glFinish", 1, 3*time.Millisecond, [3]uint64{})
		call("vkCreateFence", 2, time.Microsecond, [3]uint64{}, 100+i)
		call("vkQueueSubmit", 2, time.Microsecond, [3]uint64{}, 100+i)
		call("vkWaitForFences", 2, time.Millisecond, [3]uint64{}, 100+i)
		call("vkDestroyFence", 2, 0, [3]uint64{}, 100+i)
		call("vkCreateFence", 3, time.Microsecond, [3]uint64{}, 1000+i)
		call("glGenTextures", 4, time.Microsecond, [3]uint64{2}, 2*i+1, 2*i+2)
		if i >= 10 {
			call("glDeleteTextures", 5, 0, [3]uint64{2}, 2*i-19, 2*i-18)
		}
		call("glDeleteTextures", 5, 0, [3]uint64{1}, 0) // no name: does nothing
		call("glXSwapBuffers", 6, time.Millisecond, [3]uint64{1, 2})
		if i%10 == 0 {
			call("glXSwapBuffers", 6, time.Millisecond, [3]uint64{1, 3}) // another window
		}
		at = base + int64(i+1)*int64(time.Second/60)
	}
	call("glXSwapIntervalEXT", 6, 0, [3]uint64{1, 2, 1})
	convert := func(key uint64) converted {
		return converted{frames: []evidence.Frame{{Function: "f", Line: int(key), Origin: evidence.OriginUser}}, place: 0}
	}
	ev := g.finish(time.Second, time.Second/60, convert, func(tid int) int { return tid })
	if ev.Frames != 60 || ev.Interval != 1 {
		t.Errorf("%d frames, interval %d", ev.Frames, ev.Interval)
	}
	calls := map[string]evidence.GPUCall{}
	for _, c := range ev.Calls {
		calls[c.Function] = c
	}
	if c := calls["glFinish"]; c.Times != 60 || c.Frames != 59 || c.Median != 3*time.Millisecond || c.CPU != c.Total/2 || c.Same != 0 {
		t.Errorf("%+v", c)
	}
	if c := calls["vkWaitForFences"]; c.Times != 60 || c.Same != 60 || c.SameTook != 60*time.Millisecond {
		t.Errorf("%+v", c)
	}
	if c := calls["glXSwapBuffers"]; c.Times != 66 {
		t.Errorf("%+v", c)
	}
	if ev.Calls[0].Function != "glFinish" {
		t.Errorf("%s comes first", ev.Calls[0].Function)
	}
	if n := len(ev.Times); n != 60+60+66 || ev.Times[0].Call != 0 || ev.Times[0].End != 3*time.Millisecond {
		t.Errorf("%d times, %+v", n, ev.Times[0])
	}
	objects := map[int]evidence.GPUObject{}
	for _, o := range ev.Objects {
		objects[ev.Stacks[o.Stack][o.Place].Line] = o
	}
	if o := objects[2]; o.Made != 60 || o.Destroyed != 60 || o.Old != 0 || o.Growth[7] != 0 {
		t.Errorf("%+v", o)
	}
	if o := objects[3]; o.Made != 60 || o.Destroyed != 0 || o.Old < 28 || o.Old > 31 || o.Growth[7] != 60 || o.Growth[3] >= o.Growth[4] || o.Frames != 59 {
		t.Errorf("%+v", o)
	}
	if o := objects[4]; o.Made != 120 || o.Destroyed != 100 || o.Old != 0 || o.Growth[7] != 20 || o.OthersDestroyed != 0 {
		t.Errorf("%+v", o)
	}
}

// Objects that nobody saw made are counted apart, and a name that is given again has
// been destroyed.
func TestGatherUnseen(t *testing.T) {
	g := newGathering(0, functions)
	g.event(&bpf.Event{End: 1, Func: number(t, "glDeleteTextures"), Names: []uint64{1, 2, 3}})
	for range 2 {
		g.event(&bpf.Event{End: 2, Func: number(t, "glGenTextures"), Names: []uint64{9}})
	}
	g.event(&bpf.Event{Func: bpf.Funcs - 1}) // none
	ev := g.finish(time.Second, 0, func(uint64) converted { return converted{place: -1} }, func(int) int { return 0 })
	if len(ev.Objects) != 1 || ev.Objects[0].Made != 2 || ev.Objects[0].Destroyed != 1 || ev.Objects[0].OthersDestroyed != 3 || ev.Objects[0].Stack != -1 {
		t.Errorf("%+v", ev.Objects)
	}
}
