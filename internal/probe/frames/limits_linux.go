package frames

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (w *watcher) limit(name string, why, help []any) {
	w.limits = append(w.limits, report.Limit{Probe: Name, Why: text.T("limit."+name+".why", why...), Help: text.T("limit."+name+".help", help...)})
}

func (w *watcher) limitOnce(name string, why, help []any) {
	t := text.T("limit."+name+".why", why...)
	if !slices.ContainsFunc(w.limits, func(l report.Limit) bool { return l.Why.In(text.English) == t.In(text.English) }) {
		w.limit(name, why, help)
	}
}

// noProbes says why there are no probes, and what would help.
func (w *watcher) noProbes(err error) {
	self, e := os.Executable()
	if e != nil {
		self = "gomedic"
	}
	switch {
	case errors.Is(err, errNotAsked):
		w.limit("frames-not-asked", nil, nil)
	case errors.Is(err, errNoFrames):
		w.limit("frames-none", []any{w.t.Toolkit.Title}, nil)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		if lockdown() {
			w.limit("frames-lockdown", nil, nil)
			return
		}
		w.limit("frames-privilege", []any{unix.EPERM.Error()}, []any{self})
	default:
		w.limit("frames-kernel", []any{err.Error()}, nil)
	}
}

// lockdown reports whether the kernel forbids BPF to read memory, whoever asks
// (kernel_lockdown(7)).
func lockdown() bool {
	b, err := os.ReadFile("/sys/kernel/security/lockdown")
	return err == nil && slices.Contains([]string{"none integrity [confidentiality]\n"}, string(b))
}

// period sets the display's period and what counts as late.
func (w *watcher) period() {
	switch {
	case w.o.Period > 0:
		w.out.Period, w.out.PeriodFrom = w.o.Period, "flag"
	default:
		w.out.Period, w.out.PeriodFrom = time.Second/60, "assumed"
		if d, ok := displayPeriod(w.t.Process.PID); ok {
			w.out.Period, w.out.PeriodFrom = d, "display"
		}
	}
	w.out.Over = w.o.Over
	if w.out.Over <= 0 {
		w.out.Over = w.out.Period
	}
}

// leaf is the C function, or at least the library, in which a thread is.
func (w *watcher) leaf(addr uint64) []evidence.Frame {
	if f, ok := w.leaves[addr]; ok {
		return f
	}
	if w.unwinder == nil {
		maps, err := w.t.Process.Mappings()
		if err != nil {
			return nil
		}
		w.unwinder = cstack.New(w.t.Process, maps, cstack.Options{IsGo: w.t.Program.IsText})
	}
	var frames []evidence.Frame
	if f, ok := w.unwinder.Name(addr); ok {
		frames = []evidence.Frame{f}
	}
	if len(w.leaves) > 50_000 {
		clear(w.leaves)
	}
	w.leaves[addr] = frames
	return frames
}
