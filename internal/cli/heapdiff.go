package cli

import (
	"cmp"
	"context"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// heapDiff are the flags of heap diff.
type heapDiff struct {
	a   *app
	exe string
	all int
	exports
}

func (a *app) heapDiffCommand() *cobra.Command {
	x := &heapDiff{a: a}
	c := &cobra.Command{
		Use:     "diff FILE FILE",
		Short:   a.say("cli.heap.diff.short"),
		Long:    a.say("cli.heap.diff.long"),
		Example: a.say("cli.heap.diff.example"),
		Args:    arguments(2),
		RunE:    x.run,
	}
	c.Flags().StringVar(&x.exe, "exe", "", a.say("cli.flag.exe"))
	c.Flags().IntVar(&x.all, "all", 3, a.say("cli.heap.flag.all"))
	x.exports.flags(a, c)
	a.outputFlags(c)
	return c
}

// taken is a heap or core file that was opened, and when it was made.
type taken struct {
	*attach.Target
	at      time.Time
	stopped time.Duration
	source  evidence.HeapSource
}

func (x *heapDiff) run(cmd *cobra.Command, args []string) error {
	if x.all < 1 {
		return report.Fail(nil, text.T("error.heap-number", x.all), text.T("hint.heap-number"))
	}
	var files [2]taken
	for i, path := range args {
		f, err := x.open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		files[i] = f
	}
	if files[0].ID.Name != files[1].ID.Name || files[0].ID.MainModule != files[1].ID.MainModule {
		return report.Fail(nil, text.T("error.heap-diff-programs", args[0], args[1]), text.T("hint.heap-diff-programs"))
	}
	ev, r, err := x.compare(cmd.Context(), files)
	if err != nil {
		return err
	}
	fresh := newObjects(ev.Heap)
	all := traces(&ev.Target, fresh)
	if err := x.exports.write(x.a, &ev.Target, ev.Heap, all); err != nil {
		return err
	}
	shown := all[:min(len(all), x.all)]
	if x.a.json {
		if err := x.a.files(ev, r); err != nil {
			return err
		}
		return report.WriteHeapViewJSON(x.a.out, &report.HeapView{Schema: report.HeapViewSchema, Target: ev.Target,
			Look: ev.Heap.Looks[1], Report: r, Traces: shown})
	}
	if err := x.a.show(ev, r); err != nil {
		return err
	}
	o := report.Options{Lang: x.a.lang, Quiet: x.a.quiet}
	if f, ok := x.a.out.(*os.File); ok {
		o.Color, o.Width = report.ColorFor(f), report.WidthFor(f)
	}
	return report.WriteNewObjects(x.a.out, shown, len(all)-len(shown), o)
}

// newObjects are the chains of what grew, the most bytes first.
func newObjects(h *evidence.Heap) []evidence.HeapSuspect {
	grew := func(s *evidence.HeapSuspect) int64 {
		if n := len(s.Bytes); n > 1 {
			return s.Bytes[n-1] - s.Bytes[0]
		}
		return 0
	}
	out := slices.DeleteFunc(slices.Clone(h.Suspects), func(s evidence.HeapSuspect) bool { return s.New <= 0 || len(s.Chain) == 0 })
	slices.SortStableFunc(out, func(a, b evidence.HeapSuspect) int {
		return cmp.Or(cmp.Compare(grew(&b), grew(&a)), cmp.Compare(a.Signature, b.Signature))
	})
	return out
}

func (x *heapDiff) open(path string) (f taken, err error) {
	n, err := resolve(path)
	if err != nil {
		return f, err
	}
	switch n.kind {
	case aHeap:
		f.source = evidence.FromFile
		if f.Target, err = attach.Image(n.path); err == nil {
			f.at, f.stopped = f.Image.Meta().Taken, f.Image.Meta().Stopped
		}
	case aCore:
		f.source = evidence.FromCore
		if f.Target, err = attach.Core(n.path, x.exe); err == nil {
			if st, e := os.Stat(n.path); e == nil {
				f.at = st.ModTime()
			}
		}
	default:
		err = report.Fail(nil, text.T("error.heap-diff-target", path), text.T("hint.heap-diff-target"))
	}
	return f, err
}

func (x *heapDiff) compare(ctx context.Context, files [2]taken) (*evidence.Evidence, *report.Report, error) {
	same := sameProcess(files[0].Target, files[1].Target)
	if same { // the types of one are the types of the other
		var memory proc.Memory = files[1].Core
		if files[1].Image != nil {
			memory = files[1].Image
		}
		files[1].Program = files[0].Program.In(memory)
	}
	var moments [2]heap.Moment
	for i, f := range files {
		moments[i] = heap.Moment{Source: f.source, Stopped: f.stopped,
			Target: stacks.Target{Threads: f.Threads(), Program: f.Program, Evidence: &f.ID, Toolkit: f.Toolkit}}
	}
	moments[1].At = max(files[1].at.Sub(files[0].at), time.Millisecond)
	p := x.a.progress(files[0].ID.Name)
	defer p.done()
	res, err := heap.Diff(ctx, moments, same, func(look int, done, total uint64) {
		p.bar(float64(done)/float64(max(total, 1)), x.a.say("cli.heap.reading", look+1))
	})
	p.done()
	if err != nil {
		return nil, nil, err
	}
	ev := &evidence.Evidence{Target: files[1].ID, Heap: &res.Heap}
	return ev, judge(ev, []report.Probe{res.Probe}, res.Limits), nil
}

// sameProcess reports whether two files hold one process at two moments: by its id,
// by when it was started, as far as the files say, and by where its code lies.
func sameProcess(a, b *attach.Target) bool {
	// When it was started is computed from the clock: not to the nanosecond the same.
	started := a.ID.StartedAt.IsZero() || b.ID.StartedAt.IsZero() || a.ID.StartedAt.Sub(b.ID.StartedAt).Abs() < time.Second
	return a.ID.PID != 0 && a.ID.PID == b.ID.PID && started && a.ID.Go == b.ID.Go && a.ID.Arch == b.ID.Arch &&
		slices.EqualFunc(a.Program.Modules, b.Program.Modules, func(x, y *gort.Module) bool {
			return x.Data == y.Data && x.Types == y.Types
		})
}

// leaksOf are the chains of a report's findings.
func leaksOf(r *report.Report) []*report.Leak {
	var out []*report.Leak
	for i := range r.Findings {
		if l := r.Findings[i].Leak; l != nil {
			out = append(out, l)
		}
	}
	return out
}
