// Package sampleheap makes evidence of a heap that has every leak, for tests and
// for pictures. It is made up: a Fyne program that works on orders,
// looked at three times within twenty seconds.
package sampleheap

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

const module = "example.com/orders"

// Make returns the evidence; each caller gets its own.
func Make() *evidence.Evidence {
	ev := &evidence.Evidence{
		Target: evidence.Target{Kind: evidence.KindProcess, PID: 4242, Name: "orders", Exe: "/opt/orders/orders", Go: "go1.26.8", Arch: "amd64",
			MainModule: module, Toolkit: "fyne", ToolkitVersion: "v2.7.1", Stripped: true},
		Heap: &evidence.Heap{Took: 24 * time.Second},
	}
	h := ev.Heap
	for i := range 3 {
		h.Looks = append(h.Looks, evidence.HeapLook{At: time.Duration(i) * 10 * time.Second, Source: evidence.FromClone, Stopped: 21 * time.Millisecond,
			Objects: 310_000 + int64(i)*18_000, Bytes: 48<<20 + int64(i)*3<<20, Garbage: 5 << 20, Typed: 0.83, Owned: 0.94, GC: 40 + int64(i)*2})
	}
	h.Suspects = suspects()
	h.Types = []evidence.HeapGroup{
		group("*example.com/orders/ui.OrderWindow", evidence.OriginUser, [3]int64{12, 22, 32}, 160, nil),
		group("fyne.io/fyne/v2/canvas.Text", evidence.OriginToolkit, [3]int64{9_000, 14_000, 19_000}, 112, nil),
		group("[]uint8", evidence.OriginRuntime, [3]int64{400, 380, 390}, 16_000, nil),
	}
	h.Sites = []evidence.HeapGroup{
		group("example.com/orders/ui.(*App).Open", evidence.OriginUser, [3]int64{12, 22, 32}, 190_000,
			[]evidence.Frame{{Function: "fyne.io/fyne/v2/widget.NewLabel", Package: "fyne.io/fyne/v2/widget", Origin: evidence.OriginToolkit, File: "/m/fyne.io/fyne/v2/widget/label.go", Line: 44},
				user(module+"/ui", "(*App).Open", "ui/app.go", 71)}),
	}
	h.Roots = []evidence.HeapGroup{
		group("example.com/orders/ui.app", evidence.OriginUser, [3]int64{21_000, 36_000, 51_000}, 190, nil),
		group("main.sessions", evidence.OriginUser, [3]int64{3_000, 3_400, 3_800}, 600, nil),
	}
	h.Account = &evidence.MemoryAccount{RSS: 142 << 20, Swap: 3 << 20, Part: []evidence.MemoryPart{
		{Name: evidence.MemoryLive, RSS: 54 << 20, Size: 54 << 20},
		{Name: evidence.MemoryGarbage, RSS: 5 << 20, Size: 5 << 20},
		{Name: evidence.MemoryFree, RSS: 9 << 20, Size: 21 << 20},
		{Name: evidence.MemoryStacks, RSS: 4 << 20, Size: 4 << 20},
		{Name: evidence.MemoryRuntime, RSS: 7 << 20, Size: 9 << 20},
		{Name: evidence.MemoryCHeap, RSS: 18 << 20, Size: 22 << 20},
		{Name: evidence.MemoryCStacks, RSS: 1 << 20, Size: 72 << 20},
		{Name: evidence.MemoryFiles, RSS: 24 << 20, Size: 190 << 20},
		{Name: evidence.MemoryGPU, RSS: 12 << 20, Size: 64 << 20},
		{Name: evidence.MemoryShared, RSS: 3 << 20, Size: 3 << 20},
		{Name: evidence.MemoryAnonymous, RSS: 4 << 20, Size: 8 << 20},
		{Name: evidence.MemoryUnexplained, RSS: 1 << 20},
	}}
	for i := range 21 {
		at := int64(i)
		h.Counters = append(h.Counters, evidence.MemorySample{At: time.Duration(i) * time.Second, HeapAlloc: 48<<20 + at*300<<10 + at%4*3<<20,
			Objects: 310_000 + at*1_800, GC: 40 + at/4, Live: 47<<20 + at/4*1200<<10, RSS: 130<<20 + at*600<<10, Goroutines: 60 + at})
	}
	return ev
}

func user(pkg, name, file string, line int) evidence.Frame {
	return evidence.Frame{Function: pkg + "." + name, Package: pkg, Origin: evidence.OriginUser, File: module + "/" + file, Line: line}
}

func group(name string, o evidence.Origin, count [3]int64, each int64, site []evidence.Frame) evidence.HeapGroup {
	g := evidence.HeapGroup{Name: name, Origin: o, Count: count[:], Site: site}
	for _, n := range count {
		g.Bytes = append(g.Bytes, n*each)
		g.Retained = append(g.Retained, n*each*2)
	}
	if count[2] > count[0] {
		g.Trend = evidence.Trend{PerSecond: float64(count[2]-count[0]) / 20, Bytes: float64((count[2]-count[0])*each) / 20, Confidence: 0.95}
	}
	return g
}

// grows makes a suspect's figures: so many objects, of so many bytes each.
func grows(s evidence.HeapSuspect, count [3]int64, each int64, sure float64) evidence.HeapSuspect {
	s.Count = count[:]
	for _, n := range count {
		s.Bytes = append(s.Bytes, n*each)
	}
	s.New = max(0, count[2]-count[0])
	s.Trend = evidence.Trend{PerSecond: float64(count[2]-count[0]) / 20, Bytes: float64((count[2]-count[0])*each) / 20, Confidence: sure}
	return s
}

func suspects() []evidence.HeapSuspect {
	app := evidence.HeapLink{Kind: evidence.LinkGlobal, Name: module + "/ui.app", Type: "*" + module + "/ui.App", Ref: ".open", Origin: evidence.OriginUser, Addr: 0xc000010000, Retained: 21 << 20}
	open := evidence.HeapLink{Kind: evidence.LinkMap, Type: "map[string]*" + module + "/ui.OrderWindow", Ref: `["2024-1187"]`, Addr: 0xc000020000, Len: 32, Size: 1240, Retained: 20 << 20}
	window := evidence.HeapLink{Kind: evidence.LinkObject, Type: "*" + module + "/ui.OrderWindow", Ref: ".win", Addr: 0xc000030000, Size: 160, Retained: 640 << 10, Origin: evidence.OriginUser}
	closed := evidence.HeapLink{Kind: evidence.LinkObject, Type: "*fyne.io/fyne/v2/internal/driver/glfw.window", Addr: 0xc000040000, Size: 704, Retained: 610 << 10,
		Origin: evidence.OriginToolkit, Label: evidence.LabelClosedWindow}
	opened := []evidence.Frame{
		{Function: "fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).CreateWindow", Package: "fyne.io/fyne/v2/internal/driver/glfw", Origin: evidence.OriginToolkit, File: "/m/fyne.io/fyne/v2/internal/driver/glfw/window.go", Line: 930},
		user(module+"/ui", "(*App).Open", "ui/app.go", 68), user(module+"/ui", "(*List).onTapped", "ui/list.go", 112)}
	toWindow := closed
	toWindow.Ref = ".canvas"
	return []evidence.HeapSuspect{
		grows(evidence.HeapSuspect{Kind: evidence.SuspectWindows, Signature: "a1c3", Type: closed.Type, Chains: 32, Suspect: 0, Site: opened,
			Chain: []evidence.HeapLink{app, open, window, closed}, Shown: &evidence.HeapShown{Windows: 2, Total: 2, State: "closed"}}, [3]int64{12, 22, 32}, 640<<10, 0.96),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectContainer, Signature: "a1c0", Type: window.Type, Chains: 1, Suspect: 0,
			Chain: []evidence.HeapLink{app, unref(open)}, Container: &evidence.HeapContainer{Kind: "map", Len: []int64{12, 22, 32}, Elem: window.Type, Keys: []string{`"2024-1187"`, `"2024-1188"`}}},
			[3]int64{12, 22, 32}, 660<<10, 0.96),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectWidgets, Signature: "a1c9", Type: "*fyne.io/fyne/v2/widget.Label", Chains: 5120, Suspect: 0,
			Chain: []evidence.HeapLink{app, open, window, toWindow, {Kind: evidence.LinkObject, Type: "*fyne.io/fyne/v2/widget.Label", Origin: evidence.OriginToolkit, Addr: 0xc000050000, Size: 480}},
			Shown: &evidence.HeapShown{Windows: 2, Total: 140}}, [3]int64{1920, 3520, 5120}, 1<<10, 0.94),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectGoroutines, Signature: "b7", Type: "goroutine", Chains: 40, Suspect: -1,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkStack, Name: module + "/sync.(*Client).fetch.func1", Goroutine: 118, Label: evidence.LabelBlocked, Ref: "reply", Origin: evidence.OriginUser},
				{Kind: evidence.LinkChan, Type: "chan " + module + "/sync.Reply", Addr: 0xc000060000, Size: 96}},
			Blocked: &evidence.HeapBlocked{WaitReason: "chan send", Object: "chan " + module + "/sync.Reply", Proof: true, Since: 41 * time.Minute, Stacks: 40 * 8 << 10,
				Created: &evidence.Frame{Function: module + "/sync.(*Client).fetch", Package: module + "/sync", Origin: evidence.OriginUser, File: module + "/sync/client.go", Line: 54},
				Stack: []evidence.Frame{{Function: "runtime.gopark", Package: "runtime", Origin: evidence.OriginRuntime}, {Function: "runtime.chansend1", Package: "runtime", Origin: evidence.OriginRuntime},
					user(module+"/sync", "(*Client).fetch.func1", "sync/client.go", 57)}}}, [3]int64{20, 30, 40}, 9<<10, 0.98),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectListeners, Signature: "c2", Type: "func()", Chains: 900, Suspect: 1,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: module + "/ui.total", Type: "fyne.io/fyne/v2/data/binding.String", Origin: evidence.OriginUser},
				{Kind: evidence.LinkObject, Type: "*fyne.io/fyne/v2/data/binding.item[string]", Ref: ".listeners", Origin: evidence.OriginToolkit, Addr: 0xc000070000, Size: 96},
				{Kind: evidence.LinkSlice, Type: "[]fyne.io/fyne/v2/data/binding.DataListener", Ref: "[899]", Len: 900, Addr: 0xc000071000, Label: "listeners of a binding"},
				{Kind: evidence.LinkClosure, Name: module + "/ui.(*Row).watch.func1", Origin: evidence.OriginUser, Frame: ptr(user(module+"/ui", "(*Row).watch.func1", "ui/row.go", 39)), Size: 24, Retained: 2 << 10}},
			Container: &evidence.HeapContainer{Kind: "slice", Len: []int64{500, 700, 900}, Cap: 1024, Label: "listeners of a binding", Closures: []evidence.Frame{user(module+"/ui", "(*Row).watch.func1", "ui/row.go", 39)}}},
			[3]int64{500, 700, 900}, 2<<10, 0.97),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectTimers, Signature: "d4", Type: "*time.Ticker", Chains: 60, Suspect: -1,
			Site:  []evidence.Frame{{Function: "time.NewTicker", Package: "time", Origin: evidence.OriginStd, File: "/go/src/time/tick.go", Line: 38}, user(module+"/ui", "(*Clock).Start", "ui/clock.go", 20)},
			Chain: []evidence.HeapLink{{Kind: evidence.LinkTimer, Name: "time.sendTime", Origin: evidence.OriginStd}, {Kind: evidence.LinkObject, Type: "*time.Ticker", Addr: 0xc000080000, Size: 104}}},
			[3]int64{20, 40, 60}, 1<<10, 0.99),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectImages, Signature: "e5", Type: "*image.RGBA", Chains: 24, Suspect: 0,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: "main.thumbs", Type: "[]*image.RGBA", Origin: evidence.OriginUser, Len: 24}, {Kind: evidence.LinkSlice, Type: "[]*image.RGBA", Ref: "[23]", Len: 24, Addr: 0xc000090000},
				{Kind: evidence.LinkObject, Type: "*image.RGBA", Addr: 0xc000091000, Size: 64, Retained: 256 << 10}},
			Site:  []evidence.Frame{{Function: "image.NewRGBA", Package: "image", Origin: evidence.OriginStd}, user("main", "thumb", "thumb.go", 31)},
			Shown: &evidence.HeapShown{Windows: 2, Total: 9, Pixels: 1_572_864, Memory: 6 << 20}}, [3]int64{8, 16, 24}, 256<<10, 0.9),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectBacking, Signature: "f6", Type: "string", Chains: 310, Suspect: 0,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: "main.sessions", Type: "map[string]string", Origin: evidence.OriginUser}, {Kind: evidence.LinkMap, Type: "map[string]string", Ref: `["s-1"]`, Len: 310, Addr: 0xc0000a0000},
				{Kind: evidence.LinkString, Type: "string", Addr: 0xc0000b0000, Size: 64 << 10}},
			Backing: &evidence.HeapBacking{Size: 64 << 10, Used: 36, Refs: 1}}, [3]int64{310, 310, 310}, 64<<10, 0),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectFinalizers, Signature: "g7", Type: "*" + module + "/db.Conn", Chains: 12, Suspect: -1,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkFinalizer, Name: module + "/db.(*Conn).close"}, {Kind: evidence.LinkObject, Type: "*" + module + "/db.Conn", Ref: ".peer", Addr: 0xc0000c0000, Size: 128, Origin: evidence.OriginUser},
				{Kind: evidence.LinkObject, Type: "*" + module + "/db.Conn", Addr: 0xc0000c1000, Size: 128, Origin: evidence.OriginUser}},
			Queue: &evidence.HeapQueue{Queued: []int64{0, 0, 0}, Cycle: true}}, [3]int64{8, 10, 12}, 96<<10, 0.8),
		warm(),
		grows(evidence.HeapSuspect{Kind: evidence.SuspectContainer, Signature: "i9", Type: "C memory (malloc)", C: 590 << 10, Chains: 600, Suspect: 0,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: "main.titles", Type: "map[int]*main._Ctype_char", Origin: evidence.OriginUser},
				{Kind: evidence.LinkMap, Type: "map[int]*main._Ctype_char", Ref: "[599]", Len: 600, Addr: 0xc0000e0000, Size: 48, Retained: 600 << 10},
				{Kind: evidence.LinkC, Type: "C memory (malloc)", Origin: evidence.OriginC, Addr: 0x7f3a44001230, Size: 1000}},
			Container: &evidence.HeapContainer{Kind: "map", Len: []int64{200, 400, 600}, Elem: "C memory (malloc)", Keys: []string{"598", "599"}}}, [3]int64{200, 400, 600}, 1<<10, 0.97),
	}
}

// warm is a cache that fills: no leak.
func warm() evidence.HeapSuspect {
	s := grows(evidence.HeapSuspect{Kind: evidence.SuspectContainer, Signature: "h8", Type: "*" + module + "/glyph.Run", Chains: 1, Suspect: 0,
		Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: module + "/glyph.cache", Type: "map[rune]*" + module + "/glyph.Run", Origin: evidence.OriginUser},
			{Kind: evidence.LinkMap, Type: "map[rune]*" + module + "/glyph.Run", Len: 2300, Addr: 0xc0000d0000, Size: 40 << 10, Retained: 3 << 20}},
		Container: &evidence.HeapContainer{Kind: "map", Len: []int64{1200, 2200, 2300}}}, [3]int64{1200, 2200, 2300}, 1300, 0.5)
	s.Trend.Slows = true
	return s
}

func unref(l evidence.HeapLink) evidence.HeapLink {
	l.Ref = ""
	return l
}

func ptr(f evidence.Frame) *evidence.Frame { return &f }
