package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/image"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// heapCommand is the parent of what works on heaps.
func (a *app) heapCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "heap",
		Short: a.say("cli.heap.short"),
		Long:  a.say("cli.heap.long"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return report.Fail(nil, text.T("error.command", "heap "+args[0]), text.T("hint.usage", cmd.CommandPath()))
			}
			return cmd.Help()
		},
	}
	c.AddCommand(a.heapSnapshotCommand(), a.heapInfoCommand(), a.heapTopCommand(), a.heapPathCommand(), a.heapDumpCommand(), a.heapWidgetsCommand(), a.heapDiffCommand())
	return c
}

// longestStop is for how long a program may stand while its memory is written. Who
// asks for that has no other way.
const longestStop = 10 * time.Second

// snapshot are the flags of heap snapshot.
type snapshot struct {
	a       *app
	output  string
	exe     string
	core    string // the TARGET's path, of a core file
	stop    bool
	options image.Options
}

func (a *app) heapSnapshotCommand() *cobra.Command {
	x := &snapshot{a: a}
	c := &cobra.Command{
		Use:     "snapshot TARGET -o FILE",
		Short:   a.say("cli.heap.snapshot.short"),
		Long:    a.say("cli.heap.snapshot.long"),
		Example: a.say("cli.heap.snapshot.example"),
		Args:    (&examine{a: a}).oneTarget,
		RunE:    x.run,
	}
	c.Flags().StringVarP(&x.output, "output", "o", "", a.say("cli.heap.flag.output"))
	c.Flags().BoolVar(&x.options.Force, "force", false, a.say("cli.heap.flag.force"))
	c.Flags().BoolVar(&x.stop, "stop", false, a.say("cli.heap.flag.stop", longestStop.String()))
	c.Flags().BoolVar(&x.options.NoCHeap, "no-c-heap", false, a.say("cli.heap.flag.no-c-heap"))
	c.Flags().StringVar(&x.exe, "exe", "", a.say("cli.flag.exe"))
	c.Flags().BoolVar(&a.json, "json", false, a.say("cli.heap.flag.json"))
	return c
}

func (x *snapshot) run(cmd *cobra.Command, args []string) error {
	if x.output == "" || x.output == "-" {
		return report.Fail(nil, text.T("error.heap-output"), text.T("hint.heap-output"))
	}
	ctx := cmd.Context()
	t, err := x.open(ctx, cmd, args)
	if err != nil {
		return err
	}
	defer t.Close()
	// Ctrl-C ends the writing, and the command once nothing half-written is left.
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	begun := time.Now()
	src, release, err := heapSource(ctx, t, x.core, proc.SnapshotOptions{Force: x.options.Force, Stop: x.stop, MaxStop: longestStop})
	if err != nil {
		return err
	}
	defer release()
	p := x.a.progress(t.ID.Name)
	x.options.Progress = func(done, total int64) { p.stage("cli.heap.progress", int(done>>10), int(total>>10)) }
	info, err := image.Save(ctx, x.output, src, x.options)
	p.done()
	if err != nil {
		return x.failure(err)
	}
	return x.a.showHeapFile(heapFile{Meta: src.Meta, Info: info, File: x.output, Took: time.Since(begun)})
}

// open opens what can be written: a process or a core file.
func (x *snapshot) open(ctx context.Context, cmd *cobra.Command, args []string) (*attach.Target, error) {
	if cmd.ArgsLenAtDash() == 0 {
		pid, err := start(ctx, args, false)
		if err != nil {
			return nil, err
		}
		return openLive(ctx, pid, x.options.Force)
	}
	n, err := resolve(args[0])
	if err != nil {
		return nil, err
	}
	switch n.kind {
	case aProcess:
		return openLive(ctx, n.pid, x.options.Force)
	case aCore:
		x.core = n.path
		return attach.Core(n.path, x.exe)
	}
	return nil, report.Fail(nil, text.T("error.heap-target", args[0]), text.T("hint.heap-target"))
}

// openLive opens a process, or the copy that its agent makes of it where nothing else
// is permitted.
func openLive(ctx context.Context, pid int, force bool) (*attach.Target, error) {
	t, err := attach.Process(pid)
	if proc.ReasonOf(err) == proc.Forbidden {
		if t, e := attach.Copy(ctx, pid, force); !errors.Is(e, proc.ErrNoAgent) {
			return t, e
		}
	}
	return t, err
}

// failure says which file could not be written, where that is what failed.
func (x *snapshot) failure(err error) error {
	if known := failure(err); known.What.Key != "error.other" && known.What.Key != "error.no-file" && known.What.Key != "error.disk-full" {
		return known
	}
	return report.Fail(err, text.T("error.write", x.output, err.Error()), text.T("hint.write"))
}

func (a *app) heapInfoCommand() *cobra.Command {
	verify := false
	c := &cobra.Command{
		Use:     "info FILE",
		Short:   a.say("cli.heap.info.short"),
		Long:    a.say("cli.heap.info.long"),
		Example: a.say("cli.heap.info.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return report.Fail(nil, text.T("error.heap-file"), text.T("hint.not-heap"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := image.Open(args[0])
			if err != nil {
				return err
			}
			defer m.Close()
			if verify {
				if err := m.Verify(cmd.Context()); err != nil {
					return err
				}
			}
			return a.showHeapFile(heapFile{Meta: m.Meta(), Info: m.Info(), File: args[0]})
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, a.say("cli.heap.flag.verify"))
	c.Flags().BoolVar(&a.json, "json", false, a.say("cli.heap.flag.json"))
	return c
}

// heapFile is what the commands say of a heap file; its JSON form is flat.
type heapFile struct {
	image.Meta
	image.Info
	File string        `json:"file"`
	Took time.Duration `json:"took,omitempty"` // to write it
}

func (a *app) showHeapFile(h heapFile) error {
	if a.json {
		return writeValue(a.out, h)
	}
	amount := func(n int64) string {
		if n <= 0 {
			return "0 KB"
		}
		return size(uint64(n))
	}
	line := func(key string, args ...any) {
		fmt.Fprintln(a.out, text.T(key, args...).In(a.lang))
	}
	if h.Took > 0 {
		line("heap.written", h.File, text.Duration(h.Took))
	}
	if a.quiet {
		return nil
	}
	line("heap.target", report.Clean(h.Name), h.PID, report.Clean(h.Go), report.Clean(h.Arch))
	line("heap.taken."+sourceOf(h.Meta.Source), h.Taken.UTC().Format("2006-01-02 15:04:05 UTC"), text.Duration(h.Stopped))
	line("heap.sizes", amount(h.Kept), amount(h.Files), amount(h.Size), fmt.Sprintf("%.1f", h.Ratio()))
	line("heap.parts", amount(h.Stored), amount(h.Zero), amount(h.InFiles))
	line("heap.threads", h.Threads)
	out := map[image.Why]int64{}
	for _, l := range h.LeftOut {
		out[l.Why] += int64(l.End - l.Start)
	}
	for _, why := range []image.Why{image.OfFile, image.Shared, image.OfDevice, image.OfC, image.OfKernel} {
		if n := out[why]; n > 0 {
			line("heap.left."+string(why), amount(n))
		}
	}
	if h.Unreadable > 0 {
		line("heap.unreadable", amount(h.Unreadable))
	}
	return nil
}

// sourceOf is the source by which a sentence is named.
func sourceOf(s string) string {
	switch s {
	case fromClone, fromStop, fromCore:
		return s
	}
	return fromProcess
}
