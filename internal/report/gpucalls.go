package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// GPUCalls is what a program called of its graphics driver while it was watched.
type GPUCalls struct {
	APIs       []string     `json:"apis"`               // gl, glx, egl, vulkan
	Libraries  []string     `json:"libraries"`          // the driver's
	Renderer   string       `json:"renderer,omitempty"` // as the driver names itself
	Version    string       `json:"version,omitempty"`
	Software   string       `json:"software,omitempty"` // llvmpipe, lavapipe: it draws on the CPU
	PeriodMS   float64      `json:"period_ms,omitempty"`
	Interval   *int         `json:"swap_interval,omitempty"` // where the program was seen to set it
	WatchedMS  float64      `json:"watched_ms"`
	Frames     int          `json:"frames"`
	Calls      []GPUCall    `json:"calls"`   // most time first
	Objects    []GPUObjects `json:"objects"` // most growth first
	NotWatched []string     `json:"not_watched,omitempty"`

	PresentMode  string      `json:"present_mode,omitempty"`  // of Vulkan's swapchain: fifo, immediate, …
	Layer        bool        `json:"layer,omitempty"`         // Vulkan's calls were seen by a layer, from the program's start on
	DeviceMemory uint64      `json:"device_memory,omitempty"` // the device's own, bytes
	Memory       []GPUMemory `json:"memory,omitempty"`        // of Vulkan, by place, most first
	Clients      []GPUClient `json:"clients,omitempty"`       // of the machine's GPUs; the program first, then the busiest
	Cards        []GPUCard   `json:"cards,omitempty"`         // whose drivers tell how much memory they have
}

// GPUCall is the calls of one function from one place.
type GPUCall struct {
	Function  string  `json:"function"`
	Kind      string  `json:"kind"` // swap, finish, flush, read, wait, map, submit, acquire, interval
	Place     *Place  `json:"place,omitempty"`
	Yours     bool    `json:"yours,omitempty"` // the place is in the program's own code
	Thread    int     `json:"thread,omitempty"`
	Times     int     `json:"times"`
	Frames    int     `json:"frames"` // with such a call
	TotalMS   float64 `json:"total_ms"`
	MedianMS  float64 `json:"median_ms"`
	LongestMS float64 `json:"longest_ms"`
	CPUMS     float64 `json:"cpu_ms"` // of the total, that the thread computed
}

// GPUObjects is the objects of one kind that were made at one place.
type GPUObjects struct {
	Object    string `json:"object"`
	Function  string `json:"function"`
	Place     *Place `json:"place,omitempty"`
	Yours     bool   `json:"yours,omitempty"`
	Made      int    `json:"made"`
	Destroyed int    `json:"destroyed"` // of those
}

// GPUCallsOf is what a report says of the driver's calls; nil where none were watched.
func GPUCallsOf(g *evidence.GPUCalls) *GPUCalls {
	if g == nil {
		return nil
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	out := &GPUCalls{APIs: array(g.APIs), Libraries: array(g.Libraries), Renderer: g.Renderer, Version: g.Version, Software: g.Software, PeriodMS: ms(g.Period), WatchedMS: ms(g.Took), Frames: g.Frames,
		Calls: []GPUCall{}, Objects: []GPUObjects{}, NotWatched: g.Dropped}
	if g.Interval >= 0 {
		out.Interval = &g.Interval
	}
	place := func(stack, at int, goroutine uint64) (*Place, bool) { return placeIn(g.Stacks, stack, at, goroutine) }
	for i := range g.Calls {
		c := &g.Calls[i]
		x := GPUCall{Function: c.Function, Kind: string(c.Kind), Thread: c.Thread, Times: c.Times, Frames: c.Frames,
			TotalMS: ms(c.Total), MedianMS: ms(c.Median), LongestMS: ms(c.Longest), CPUMS: ms(c.CPU)}
		x.Place, x.Yours = place(c.Stack, c.Place, c.Goroutine)
		out.Calls = append(out.Calls, x)
	}
	for i := range g.Objects {
		o := &g.Objects[i]
		x := GPUObjects{Object: o.Object, Function: o.Function, Made: o.Made, Destroyed: o.Destroyed}
		x.Place, x.Yours = place(o.Stack, o.Place, o.Goroutine)
		out.Objects = append(out.Objects, x)
	}
	out.addMemory(g, place)
	return out
}

// placeIn is the place on a stack, its innermost frame where there is none of the user's,
// and whether it is the user's own; nil: there is no stack.
func placeIn(stacks [][]evidence.Frame, stack, at int, goroutine uint64) (*Place, bool) {
	if stack < 0 || stack >= len(stacks) || len(stacks[stack]) == 0 {
		return nil, false
	}
	f := &stacks[stack][0]
	if at >= 0 && at < len(stacks[stack]) {
		f = &stacks[stack][at]
	}
	p := framePlace(f)
	p.Goroutine = goroutine
	return &p, f.Origin == evidence.OriginUser
}

const (
	mostGPUCalls   = 12 // lines of each list
	mostGPUObjects = 8
)

// gpuCalls writes the driver's calls, where the report is asked for the driver.
func (t *terminal) gpuCalls() {
	g := t.r.GPUCalls
	if g == nil || !t.o.GPU && !t.o.Verbose {
		return
	}
	t.page.blank()
	driver := strings.Join(g.Libraries, ", ")
	switch {
	case g.Renderer != "":
		driver = strings.TrimRight(g.Renderer+" · "+g.Version, " ·") + " · " + driver
	case g.Software != "":
		driver = g.Software + " (" + driver + ")"
	}
	t.page.line(span{}, span{}, span{styleBold, t.say("gpucalls.list")}, plain("  "+clean(driver)))
	words := []string{t.say("gpucalls.frames", g.Frames, text.Duration(time.Duration(g.WatchedMS*1e6)))}
	if g.PeriodMS > 0 {
		words = append(words, t.say("gpucalls.display", strconv.FormatFloat(1000/g.PeriodMS, 'f', 1, 64)))
	}
	if g.Interval != nil {
		words = append(words, t.say("gpucalls.interval", *g.Interval))
	}
	if g.PresentMode != "" {
		words = append(words, t.say("gpucalls.present", clean(g.PresentMode)))
	}
	t.page.line(plain("  "), plain("    "), span{styleDim, strings.Join(words, " · ")})
	t.gpuUsage(g)
	if len(g.Calls) > 0 {
		t.page.line(plain("  "), plain("    "), span{styleDim, pad(t.say("gpucalls.head.call"), 24) + left(t.say("gpucalls.head.times"), 8) + left(t.say("gpucalls.head.total"), 11) + left(t.say("gpucalls.head.median"), 11) + left(t.say("gpucalls.head.longest"), 11)})
	}
	for i := range g.Calls[:min(len(g.Calls), t.most(len(g.Calls), mostGPUCalls))] {
		c := &g.Calls[i]
		figure := func(ms float64) string { return left(strconv.FormatFloat(ms, 'f', 2, 64)+" ms", 11) }
		t.page.line(plain("  "), plain("    "), append([]span{plain(pad(clean(c.Function), 24) + left(strconv.Itoa(c.Times), 8) + figure(c.TotalMS) + figure(c.MedianMS) + figure(c.LongestMS) + "  ")},
			gpuPlace(c.Place, c.Yours)...)...)
	}
	for i := range g.Objects[:min(len(g.Objects), t.most(len(g.Objects), mostGPUObjects))] {
		o := &g.Objects[i]
		t.page.line(plain("  "), plain("    "), append([]span{plain(t.say("gpucalls.objects", clean(o.Function), o.Made, o.Destroyed) + "  ")}, gpuPlace(o.Place, o.Yours)...)...)
	}
	t.gpuMemory(g)
}

// most is how many lines of a list are shown.
func (t *terminal) most(all, few int) int {
	if t.o.Verbose {
		return all
	}
	return few
}

func left(s string, n int) string { return strings.Repeat(" ", max(0, n-width(s))) + s }

func gpuPlace(p *Place, yours bool) []span {
	if p == nil {
		return nil
	}
	out := []span{{styleCyan, p.At()}, plain("  ")}
	if yours {
		return append(out, span{styleBold, p.Short()})
	}
	return append(out, span{styleDim, p.Short()})
}
