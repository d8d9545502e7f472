package cli

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// heapView is what the commands share that ask questions of one moment's heap.
type heapView struct {
	a       *app
	exe     string
	force   bool
	stop    bool
	browser browser
	exports
}

// exports are the files into which chains can be written.
type exports struct{ pprof, dot string }

func (e *exports) flags(a *app, c *cobra.Command) {
	c.Flags().StringVar(&e.pprof, "pprof", "", a.say("cli.heap.flag.pprof"))
	c.Flags().StringVar(&e.dot, "dot", "", a.say("cli.heap.flag.dot"))
}

// write writes the files that were asked for.
func (e *exports) write(a *app, t *evidence.Target, h *evidence.Heap, leaks []*report.Leak) error {
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{e.pprof, func(w io.Writer) error { return report.WriteHeapPprof(w, t, h) }},
		{e.dot, func(w io.Writer) error { return report.WriteDOT(w, leaks, a.lang) }},
	} {
		if f.path == "" {
			continue
		}
		if err := evidence.WriteFile(f.path, f.write); err != nil {
			return report.Fail(err, text.T("error.write", f.path, err.Error()), text.T("hint.write"))
		}
	}
	return nil
}

// flags adds the flags that all of the commands have.
func (x *heapView) flags(c *cobra.Command) {
	c.Flags().BoolVar(&x.force, "force", false, x.a.say("cli.leak.flag.force"))
	c.Flags().BoolVar(&x.stop, "stop", false, x.a.say("cli.leak.flag.stop"))
	c.Flags().StringVar(&x.exe, "exe", "", x.a.say("cli.flag.exe"))
	x.browser.flags(x.a, c)
	c.Flags().BoolVar(&x.a.json, "json", false, x.a.say("cli.heap.flag.view-json"))
}

// arguments insists on as many as a command takes.
func arguments(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return report.Fail(nil, text.T("error.heap-arguments", c.CommandPath(), strings.TrimPrefix(c.Use, c.Name()+" ")), text.T("hint.usage", c.CommandPath()))
		}
		return nil
	}
}

// with opens a target's heap and asks it; what is asked then fills in the answer.
func (x *heapView) with(ctx context.Context, spec string, ask func(*heap.View, *report.HeapView) error) error {
	n, err := resolve(spec)
	if err != nil {
		return err
	}
	var t *attach.Target
	source := evidence.FromFile
	switch n.kind {
	case aPage:
		return x.page(ctx, n.path, ask)
	case aProcess:
		source = evidence.FromAgent
		t, err = openLive(ctx, n.pid, x.force)
	case aCore:
		source = evidence.FromCore
		t, err = attach.Core(n.path, x.exe)
	case aHeap:
		t, err = attach.Image(n.path)
	default:
		return report.Fail(nil, text.T("error.heap-view-target", spec), text.T("hint.heap-view-target"))
	}
	if err != nil {
		return err
	}
	defer t.Close()
	// Ctrl-C ends the reading, and the command once nothing is left in the program.
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	p := x.a.progress(t.ID.Name)
	defer p.done()
	progress := func(done, total uint64) {
		p.bar(float64(done)/float64(max(total, 1)), x.a.say("cli.leak.reading", report.Clean(t.ID.Name)))
	}
	target := stacks.Target{Process: t.Process, Threads: t.Threads(), Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
	var v *heap.View
	if t.Process != nil {
		v, err = heap.OpenProcess(ctx, target, heap.Options{Force: x.force, Stop: x.stop, Progress: func(_ string, _, _ int, done, total uint64) { progress(done, total) }})
	} else {
		v, err = heap.Open(ctx, target, source, progress)
	}
	if err != nil {
		return err
	}
	answer := &report.HeapView{Schema: report.HeapViewSchema, Target: t.ID, Look: v.Look()}
	err = ask(v, answer)
	v.Close() // only now it is known what it cost
	p.done()
	if err != nil {
		return err
	}
	answer.Probes = []report.Probe{v.Probe()}
	return x.show(answer)
}

func (x *heapView) show(v *report.HeapView) error {
	a := x.a
	if a.json {
		return report.WriteHeapViewJSON(a.out, v)
	}
	o := report.Options{Lang: a.lang, Quiet: a.quiet, Verbose: a.long}
	if f, ok := a.out.(*os.File); ok {
		o.Color, o.Width = report.ColorFor(f), report.WidthFor(f)
	}
	return report.WriteHeapView(a.out, v, o)
}

// traces are chains as reports show them.
func traces(t *evidence.Target, all []evidence.HeapSuspect) []*report.Leak {
	var out []*report.Leak
	for i := range all {
		out = append(out, diagnose.Trace(t, &all[i]))
	}
	return out
}
