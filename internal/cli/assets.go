package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/assets"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// assetsFlags are those of gomedic assets.
type assetsFlags struct {
	dir, extract string
	lasts        time.Duration
}

func (a *app) assetsCommand() *cobra.Command {
	var o assetsFlags
	c := &cobra.Command{
		Use:     "assets TARGET",
		Short:   a.say("cli.assets.short"),
		Long:    a.say("cli.assets.long"),
		Example: a.say("cli.assets.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return report.Fail(nil, text.T("error.assets-args", len(args)), text.T("hint.assets"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.assets(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.dir, "dir", "", a.say("cli.assets.flag.dir"))
	c.Flags().StringVar(&o.extract, "extract", "", a.say("cli.assets.flag.extract"))
	c.Flags().DurationVar(&o.lasts, "for", 5*time.Second, a.say("cli.assets.flag.for"))
	a.outputFlags(c)
	c.Flags().Lookup("stacks").Hidden = true // there are none
	return c
}

// assets examines a target, of whatever kind it is.
func (a *app) assets(ctx context.Context, target string, f assetsFlags) error {
	const longest = 10 * time.Minute
	if f.lasts < 0 || f.lasts > longest {
		return report.Fail(nil, text.T("error.assets-for", f.lasts.String()), text.T("hint.assets-for"))
	}
	o := assets.Options{Dir: f.dir, For: f.lasts, Thumbs: a.html != "" || a.save != ""}
	if target == "" {
		return report.Fail(nil, text.T("error.no-target"), text.T("hint.assets"))
	}
	if f.dir != "" {
		if st, err := os.Stat(f.dir); err != nil || !st.IsDir() {
			return report.Fail(err, text.T("error.no-file", f.dir), text.T("hint.assets"))
		}
	}
	switch st, err := os.Stat(target); {
	case err == nil && (st.IsDir() || st.Mode().IsRegular() && !isBundle(target)):
		o.Path = target
		if pid, e := strconv.Atoi(target); e == nil && pid > 0 && st.IsDir() { // a folder named like a pid: ./4711
			o.Path, o.PID = "", pid
		}
	case err == nil && st.Mode().IsRegular():
		return a.assetsBundle(target)
	case err == nil:
		return report.Fail(nil, text.T("error.assets-format", target), text.T("hint.assets-format"))
	default:
		n, err := resolve(target)
		if err != nil {
			return err
		}
		o.PID = n.pid
	}
	p := a.progress(target)
	defer p.done()
	o.Progress = p.stage
	res, err := assets.Run(ctx, o)
	p.done()
	if err != nil {
		return err
	}
	defer res.Close()
	if f.extract != "" {
		n, err := res.Extract(f.extract)
		if err != nil {
			return report.Fail(err, text.T("error.assets-extract", f.extract, err.Error()), text.T("hint.assets-extract"))
		}
		if !a.json && !a.quiet {
			fmt.Fprintln(a.err, a.say("assets.extracted", n, f.extract))
		}
	}
	ev := &evidence.Evidence{Target: res.Target, Assets: &res.Assets}
	return a.show(ev, judge(ev, []report.Probe{res.Probe}, res.Limits))
}

// isBundle reports whether a file begins like a bundle.
func isBundle(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := f.Read(head)
	return evidence.IsBundle(head[:n])
}

// assetsBundle shows what a bundle holds of resources.
func (a *app) assetsBundle(path string) error {
	ev, err := readBundle(path)
	if err != nil {
		return err
	}
	if ev.Assets == nil {
		return report.Fail(nil, text.T("error.assets-bundle", path), text.T("hint.assets"))
	}
	return a.show(ev, judge(ev, nil, nil))
}
