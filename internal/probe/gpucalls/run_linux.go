package gpucalls

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/layer"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

const (
	attempts   = 5 // until a thread has a context
	attemptGap = 15 * time.Millisecond
	again      = 500 * time.Millisecond // until the driver is looked for again
	seldom     = 8 * time.Second        // … at last, where only OpenGL was not found, beside Vulkan
	checkRate  = 200 * time.Millisecond
	// What the probes may cost, of one processor's time, by what one call costs (see
	// bench/GPUCALLS.md); a function that would cost more is dropped.
	budget      = 0.02
	costCall    = 2500 * time.Nanosecond
	costStepped = 14 * time.Microsecond
)

// started is called when the probes are in place, for tests.
var started func()

// watcher is one watch.
type watcher struct {
	t      stacks.Target
	name   string // the probe's
	of     string // of what its limits tell
	start  time.Time
	probes *bpf.Probes // nil: none, or none yet
	denied error       // why there can be none
	mu     sync.Mutex  // guards what g gathers, while the layer is followed
	g      *gathering
	libs   []*library
	found  *found
	sets   map[string]*set // by library
	timed  bool
	drop   map[int]bool
	counts [bpf.Funcs]uint64
	fs     []uint64 // of threads
	limits []report.Limit
	used   map[string]bool // libraries
	layer  *Layer          // that the program was started with; nil: none
	// layered: the calls of Vulkan are left to the layer.
	layered bool
}

// set is the probes of one library.
type set struct {
	points []point
	off    func()
}

// Run watches for a time, or until the context ends. An error means that the program
// went away or could not be read; what could not be seen is a limit. Without a graphics
// driver in the program the evidence is nil. layer is that with which the program was
// started, nil: none.
func Run(ctx context.Context, t stacks.Target, d time.Duration, layer *Layer) (*evidence.GPUCalls, []report.Limit, report.Probe, error) {
	w := &watcher{t: t, name: Name, of: "gpucalls", start: time.Now(), sets: map[string]*set{}, drop: map[int]bool{}, used: map[string]bool{}, layer: layer}
	ev, err := w.run(ctx, d)
	p := report.Probe{Name: Name, TookMS: float64(time.Since(w.start).Microseconds()) / 1000} // it stops nothing
	for _, l := range w.libs {
		l.close()
	}
	return ev, w.limits, p, err
}

func (w *watcher) limit(name string, why ...any) {
	w.limits = append(w.limits, report.Limit{Probe: w.name, Why: text.T("limit."+w.of+"-"+name+".why", why...), Help: text.T("limit." + w.of + "-" + name + ".help")})
}

func (w *watcher) gone(err error) error {
	if !w.t.Process.Alive() {
		return &proc.Error{Op: "watch the graphics driver", PID: w.t.Process.PID, Reason: proc.Exited, Err: err}
	}
	return err
}

func (w *watcher) run(ctx context.Context, d time.Duration) (*evidence.GPUCalls, error) {
	if w.t.Program.Arch() != "amd64" {
		w.limit("processor", w.t.Program.Arch())
		return nil, nil
	}
	err := w.find()
	for i := 0; err == nil && w.found.pendingGL && i < attempts && ctx.Err() == nil; i++ {
		time.Sleep(attemptGap)
		err = w.find()
	}
	if err != nil {
		return nil, w.gone(err)
	}
	if len(w.found.points) == 0 && w.layer == nil {
		w.limit("none")
		return nil, nil
	}
	w.g = newGathering(monotonic(), functions)
	if w.layer != nil {
		w.layer.begin(w.g, w.noted)
		defer w.layer.end()
	}
	w.timed = !confined(w.t.Process)
	defer func() {
		if w.probes != nil {
			w.probes.Close()
		}
	}()
	if err := w.set(); err != nil {
		return nil, err
	}
	if w.denied != nil && w.layer == nil {
		w.noProbes()
		return nil, nil
	}
	if started != nil {
		started()
	}
	end := time.Now().Add(d)
	if d <= 0 {
		end = time.Now().Add(24 * time.Hour)
	}
	gap := again
	begun, look, check := time.Now(), time.Now().Add(gap), time.Now().Add(checkRate)
	for now := time.Now(); now.Before(end) && ctx.Err() == nil; now = time.Now() {
		if err := w.read(ctx, minTime(end, now.Add(50*time.Millisecond))); err != nil {
			return nil, w.gone(err)
		}
		if now.After(check) {
			w.check(now.Sub(check) + checkRate)
			check = now.Add(checkRate)
			if !w.t.Process.Alive() {
				return nil, w.goneOnly(nil)
			}
		}
		came := w.layer.there() && !w.layered
		if came || now.After(look) && w.unsure() {
			if err := w.find(); err == nil {
				if err := w.set(); err != nil {
					return nil, err
				}
			}
			if w.found.seesVulkan() || w.layered {
				gap = min(2*gap, seldom)
			}
			look = now.Add(gap)
		}
	}
	took := time.Since(begun)
	if w.probes != nil {
		w.probes.End()
	}
	if err := w.read(context.WithoutCancel(ctx), time.Now().Add(5*time.Millisecond)); err != nil {
		return nil, w.gone(err)
	}
	if !slices.ContainsFunc(w.found.points, ofVulkan) { // else the probes have told what the layer would tell again
		w.layer.seek()
	}
	w.layer.end()
	w.byLayer()
	w.noLayer()
	if w.denied != nil && w.unseen() {
		w.noProbes()
	}
	if w.found.pendingVulkan {
		w.limit("no-device")
	}
	if about, ok := w.layer.about(); ok || w.probes != nil {
		return w.result(took, &about)
	}
	if len(w.limits) == 0 {
		w.limit("none")
	}
	return nil, nil
}

// unsure: what is watched may not be all.
func (w *watcher) unsure() bool {
	return w.found.pendingGL || w.found.pendingVulkan || w.layer != nil && !w.layered && len(w.found.points) == 0
}

// set sets the probes that are wanted and not there, and takes away the others. Where
// there may be none, denied says why. An error means that the program went away.
func (w *watcher) set() error {
	if w.denied != nil || w.probes == nil && len(w.found.points) == 0 {
		return nil
	}
	if w.probes != nil {
		_ = w.place()
		return nil
	}
	probes, err := bpf.Load(w.t.Program.CgoLayout(w.t.Process, w.fs))
	if err != nil {
		w.denied = err
		return nil
	}
	w.probes = probes
	if err := w.place(); err != nil {
		w.probes.Close()
		w.probes, w.denied = nil, err
		return w.goneOnly(err)
	}
	if !w.timed {
		w.limit("confined")
	}
	return nil
}

// read takes the events that come until a moment.
func (w *watcher) read(ctx context.Context, until time.Time) error {
	if w.probes != nil {
		return w.probes.Read(until, func(e *bpf.Event) {
			if int(e.Func) >= len(functions) || functions[e.Func].api != apiVulkan || !w.layer.there() { // which tells it as well
				w.noted(e)
			}
		})
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Until(until)):
	}
	return nil
}

// noted takes one event.
func (w *watcher) noted(e *bpf.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.g.event(e)
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// goneOnly is an error only where the program has gone.
func (w *watcher) goneOnly(err error) error {
	if !w.t.Process.Alive() {
		return w.gone(err)
	}
	return nil
}

// noProbes says why there are none.
func (w *watcher) noProbes() {
	if errors.Is(w.denied, unix.EPERM) || errors.Is(w.denied, unix.EACCES) {
		w.limit("privilege")
		return
	}
	w.limit("kernel", w.denied.Error())
}

// find looks for the driver's functions.
func (w *watcher) find() error {
	maps, err := w.t.Process.Mappings()
	if err != nil {
		return err
	}
	w.layer.seek() // now: of a device among these mappings it sees all calls
	w.layered = w.layer.there()
	for _, l := range w.libs {
		l.close()
	}
	w.libs = libraries(maps, filepath.Dir(w.t.Process.ExePath()))
	if !slices.ContainsFunc(w.libs, func(l *library) bool {
		return isOne(l.name, dispatchers) || isOne(l.name, []string{"libGLX.so", "libEGL.so", "libvulkan.so"})
	}) {
		w.found = &found{}
		return nil
	}
	w.know(threadBlocks(w.t.Process, maps))
	w.found = find(w.t.Process, maps, w.libs, w.fs, w.found, w.layered)
	return nil
}

// know adds fs bases of threads.
func (w *watcher) know(fs []uint64) {
	w.fs = append(w.fs, fs...)
	slices.Sort(w.fs)
	w.fs = slices.Compact(w.fs)
}

// place places the probes that are wanted and not there, and takes away the others.
func (w *watcher) place() error {
	want := map[string][]point{}
	for _, p := range w.found.points {
		if !w.drop[p.fn] {
			want[p.lib.file] = append(want[p.lib.file], p)
		}
	}
	for file, s := range w.sets {
		if !samePoints(s.points, want[file]) {
			s.off()
			delete(w.sets, file)
		}
	}
	var errs []error
	for file, points := range want {
		if w.sets[file] != nil {
			continue
		}
		sites := make([]bpf.Site, len(points))
		for i, p := range points {
			f := &w.g.table[p.fn]
			sites[i] = bpf.Site{Offset: p.off, Func: uint8(p.fn), How: f.how, Arg: f.arg}
			w.used[p.lib.name] = true
		}
		off, err := w.probes.Set(file, w.t.Process.PID, sites, w.timed)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		w.sets[file] = &set{points, off}
	}
	return errors.Join(errs...)
}

func samePoints(a, b []point) bool {
	return slices.EqualFunc(a, b, func(a, b point) bool { return a.off == b.off && a.fn == b.fn })
}

// check drops functions that are called so often that watching them would slow the
// program down.
func (w *watcher) check(since time.Duration) {
	if w.probes == nil {
		return
	}
	counts, _ := w.probes.Counts()
	cost, all := map[int]float64{}, 0.0
	for _, s := range w.sets {
		for _, p := range s.points {
			each := costCall
			if p.stepped {
				each = costStepped
			}
			c := float64(counts[p.fn]-w.counts[p.fn]) * each.Seconds() / since.Seconds()
			cost[p.fn] = c
		}
	}
	w.counts = counts
	for _, c := range cost {
		all += c
	}
	dropped := false
	for all > budget {
		worst := -1
		for fn, c := range cost {
			if worst < 0 || c > cost[worst] || c == cost[worst] && fn < worst {
				worst = fn
			}
		}
		if worst < 0 || cost[worst] == 0 {
			break
		}
		all -= cost[worst]
		delete(cost, worst)
		w.drop[worst], dropped = true, true
		for fn := range w.g.table { // what makes objects without what destroys them says nothing
			if o := w.g.table[fn].object; o != "" && o == w.g.table[worst].object {
				all -= cost[fn]
				delete(cost, fn)
				w.drop[fn] = true
			}
		}
	}
	if dropped {
		_ = w.place()
	}
}

// result makes the evidence. about is what the layer knows of the device, if it does.
func (w *watcher) result(took time.Duration, about *layer.About) (*evidence.GPUCalls, error) {
	known, lost := map[uint64]bpf.Stack{}, w.layer.lost()
	if w.probes != nil {
		var err error
		if known, err = w.probes.Stacks(); err != nil {
			return nil, fmt.Errorf("read the stacks: %w", err)
		}
		_, n := w.probes.Counts()
		lost += n
	}
	if w.layer != nil {
		maps.Copy(known, w.layer.stacks)
	}
	period, _ := displayPeriod(w.t.Process.PID)
	task := filepath.Join(filepath.Dir(w.t.Process.ExePath()), "task")
	ev := w.g.finish(took, period, w.converter(known), func(tid int) int {
		if _, err := os.Stat(filepath.Join(task, strconv.Itoa(tid))); err != nil {
			return 0 // of another PID namespace, or gone
		}
		return tid
	})
	ev.Lost = lost
	ev.APIs = w.found.apis
	ev.Untimed = !w.timed && w.probes != nil
	for name := range w.used {
		if !isOne(name, dispatchers) {
			ev.Libraries = append(ev.Libraries, name)
		}
	}
	slices.Sort(ev.Libraries)
	for fn := range w.drop {
		ev.Dropped = append(ev.Dropped, w.g.table[fn].name)
	}
	slices.Sort(ev.Dropped)
	ev.Software = software(task, ev.Libraries)
	if about.Devices > 0 {
		names(ev, about)
	}
	if len(ev.Dropped) > 0 {
		w.limit("dropped", strings.Join(ev.Dropped, ", "))
	}
	if ev.Lost > 0 || w.g.hidden+w.g.memory.hidden > 0 {
		w.limit("lost", ev.Lost+uint64(w.g.hidden+w.g.memory.hidden))
	}
	return ev, nil
}
