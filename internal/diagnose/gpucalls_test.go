package diagnose

import (
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// driverEvidence is five seconds of three hundred frames, with calls and objects of the
// program's own function and of a toolkit's.
func driverEvidence(calls []evidence.GPUCall, objects []evidence.GPUObject) *evidence.Evidence {
	frame := func(function string, line int, origin evidence.Origin) evidence.Frame {
		return evidence.Frame{Function: function, File: "/src/app/draw.go", Line: line, Package: "main", Origin: origin}
	}
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindProcess, PID: 7, Name: "app", MainModule: "app"},
		GPUCalls: &evidence.GPUCalls{Took: 5 * time.Second, Began: 1e9, Frames: 300, Interval: -1, Period: time.Second / 60, Software: "llvmpipe",
			Calls: calls, Objects: objects, Stacks: [][]evidence.Frame{
				{frame("main.draw", 12, evidence.OriginUser), frame("main.main", 30, evidence.OriginUser)},
				{frame("kit.(*Window).swap", 40, evidence.OriginToolkit)},
				{frame("main.other", 50, evidence.OriginUser)},
				{{Function: "kit.(*Frame).End", Package: "kit", Origin: evidence.OriginToolkit}, frame("main.loop", 60, evidence.OriginUser)},
			}}}
}

func call(function string, kind evidence.GPUKind, stack, times int, each time.Duration) evidence.GPUCall {
	return evidence.GPUCall{Function: function, Kind: kind, Goroutine: 1, Stack: stack, Times: times, Frames: min(times, 300),
		Total: time.Duration(times) * each, Median: each, Longest: each}
}

func object(kind, function, destroyer string, stack, made, destroyed, others int, growth [8]int) evidence.GPUObject {
	return evidence.GPUObject{Object: kind, Function: function, Destroyer: destroyer, Goroutine: 1, Stack: stack, Made: made, Destroyed: destroyed,
		OthersDestroyed: others, Growth: growth, Old: growth[3], Frames: min(made, 300)}
}

// steady grows by n each eighth, up to the eighth that is given.
func steady(n, until int) (g [8]int) {
	for i := range g {
		g[i] = n * min(i+1, until)
	}
	return g
}

// behindKit and calledObject have the user's frame behind one of a toolkit.
func behindKit(x evidence.GPUCall) evidence.GPUCall        { x.Place = 1; return x }
func calledObject(x evidence.GPUObject) evidence.GPUObject { x.Place = 1; return x }

func TestGPUCalls(t *testing.T) {
	same := call("glClientWaitSync", evidence.GPUWait, 0, 300, 2*time.Millisecond)
	same.Same, same.SameTook = 300, same.Total
	wait := func(x evidence.GPUCall) []evidence.GPUCall { return []evidence.GPUCall{x} }
	fences := func(made, destroyed, others int, g [8]int) []evidence.GPUObject {
		return []evidence.GPUObject{object("fence", "vkCreateFence", "vkDestroyFence", 0, made, destroyed, others, g)}
	}
	for name, c := range map[string]struct {
		calls   []evidence.GPUCall
		objects []evidence.GPUObject
		want    string
	}{
		"finish in every frame":              {wait(call("glFinish", evidence.GPUFinish, 0, 300, 3*time.Millisecond)), nil, "P2 gpu/finish-per-frame main.draw"},
		"finish that takes most of a frame":  {wait(call("vkDeviceWaitIdle", evidence.GPUFinish, 0, 300, 12*time.Millisecond)), nil, "P1 gpu/finish-per-frame main.draw"},
		"finish now and then":                {wait(call("glFinish", evidence.GPUFinish, 0, 20, 3*time.Millisecond)), nil, ""},
		"finish of the toolkit":              {wait(call("glFinish", evidence.GPUFinish, 1, 300, 12*time.Millisecond)), nil, ""},
		"reading back":                       {wait(call("glReadPixels", evidence.GPURead, 0, 300, 4*time.Millisecond)), nil, "P2 ui-stalled/gpu main.draw"},
		"reading back a pixel that is there": {wait(call("glReadPixels", evidence.GPURead, 0, 300, 50*time.Microsecond)), nil, ""},
		"a wait for this frame":              {wait(same), nil, "P2 ui-stalled/gpu main.draw"},
		"a wait for an older frame":          {wait(call("vkWaitForFences", evidence.GPUWait, 0, 300, 12*time.Millisecond)), nil, ""},
		"vsync":                              {wait(call("glXSwapBuffers", evidence.GPUSwap, 0, 300, 16*time.Millisecond)), nil, ""},
		"fences stay":                        {nil, fences(300, 0, 0, steady(37, 8)), "P2 gpu/sync-object-leak main.draw"},
		"half of the fences stay":            {nil, fences(600, 300, 0, steady(37, 8)), "P2 gpu/sync-object-leak main.draw"},
		"a pool that fills":                  {nil, fences(100, 0, 0, steady(33, 3)), ""},
		"a ring":                             {nil, fences(300, 297, 3, [8]int{3, 3, 3, 3, 3, 3, 3, 3}), ""},
		"they live for longer":               {nil, fences(300, 0, 290, steady(37, 8)), ""},
		"few":                                {nil, fences(8, 0, 0, steady(1, 8)), ""},
		"an image and its memory": {nil, []evidence.GPUObject{
			object("device memory", "vkAllocateMemory", "vkFreeMemory", 2, 300, 0, 0, steady(37, 8)),
			object("image", "vkCreateImage", "vkDestroyImage", 2, 300, 0, 0, steady(37, 8))}, "P2 leak/image main.other"},
		"finish of the toolkit, called":      {wait(behindKit(call("glFinish", evidence.GPUFinish, 3, 300, 12*time.Millisecond))), nil, ""},
		"textures of the toolkit, called":    {nil, []evidence.GPUObject{calledObject(object("texture", "glGenTextures", "glDeleteTextures", 3, 300, 0, 0, steady(37, 8)))}, ""},
		"pixels that a toolkit is asked for": {wait(behindKit(call("glReadPixels", evidence.GPURead, 3, 300, 4*time.Millisecond))), nil, "P2 ui-stalled/gpu main.loop"},
		"textures of the toolkit":            {nil, []evidence.GPUObject{object("texture", "glGenTextures", "glDeleteTextures", 1, 300, 0, 0, steady(37, 8))}, ""},
	} {
		var got []string
		for _, f := range Findings(driverEvidence(c.calls, c.objects)) {
			got = append(got, string(f.Severity)+" "+f.ID+" "+f.Where.Function)
			for _, s := range sentences(&f) {
				for _, lang := range []text.Lang{text.English, text.Chinese} {
					if out := s.In(lang); strings.Contains(out, "%!") || strings.Contains(out, "%[") || out == "" || out == s.Key {
						t.Errorf("%s: %s: %q", name, s.Key, out)
					}
				}
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, "; "), c.want)
		}
	}
}

// The late frames' time is divided among the driver's calls, and a finding whose place
// is the loop gets the line that made the call.
func TestGPUCallsInLateFrames(t *testing.T) {
	ev := driverEvidence([]evidence.GPUCall{call("glFinish", evidence.GPUFinish, 0, 50, 40*time.Millisecond)}, nil)
	ev.Frames = &evidence.Frames{Took: 5 * time.Second, Began: 1e9 + int64(100*time.Millisecond), Period: time.Second / 60}
	for i := range 5 {
		start := time.Duration(i) * 500 * time.Millisecond
		ev.Frames.Late = append(ev.Frames.Late, evidence.LateFrame{FrameTime: evidence.FrameTime{Start: start, End: start + 50*time.Millisecond}})
		ev.GPUCalls.Times = append(ev.GPUCalls.Times, evidence.GPUTime{Start: start + 105*time.Millisecond, End: start + 145*time.Millisecond})
	}
	told := []report.Finding{{ID: "ui-stalled/gpu", Severity: report.P1, Where: &report.Place{Function: "main.main", Line: 30}, Evidence: []string{"frames"}}}
	out := GPUCalls(ev, told)
	if len(out) != 1 || out[0].Where.Function != "main.draw" || out[0].Where.Line != 12 || len(out[0].Evidence) != 2 {
		t.Fatalf("%+v", out)
	}
	var why []string
	for _, w := range out[0].Why {
		why = append(why, w.In(text.English))
	}
	all := strings.Join(why, "\n")
	for _, want := range []string{"of the 5 late frames' 250 ms, 80% was spent", "200 ms (80%) in glFinish, called at draw.go:12", "llvmpipe"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
	if told[0].Where.Function != "main.main" || len(told[0].Evidence) != 1 {
		t.Error("the rules changed what they were given")
	}
}
