package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/watching"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) reloadCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "reload-check DIR",
		Short:   a.say("cli.reload-check.short"),
		Long:    a.say("cli.reload-check.long"),
		Example: a.say("cli.reload-check.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return report.Fail(nil, text.T("error.reload-check-args", len(args)), text.T("hint.reload-check"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if st, err := os.Stat(args[0]); err == nil && st.Mode().IsRegular() {
				return a.reloadCheckBundle(args[0])
			}
			return a.reloadCheck(cmd.Context(), args[0])
		},
	}
	a.outputFlags(c)
	c.Flags().Lookup("stacks").Hidden = true // there are none
	return c
}

// reloadCheckBundle shows what a bundle holds of a project.
func (a *app) reloadCheckBundle(path string) error {
	k, err := fileKind(path)
	if err != nil {
		return err
	}
	if k != aBundle {
		return report.Fail(nil, text.T("error.reload-check-dir", path), text.T("hint.reload-check"))
	}
	ev, err := readBundle(path)
	if err != nil {
		return err
	}
	if ev.Watching == nil {
		return report.Fail(nil, text.T("error.reload-check-bundle", path), text.T("hint.reload-check"))
	}
	return a.show(ev, judge(ev, nil, nil))
}

func (a *app) reloadCheck(ctx context.Context, dir string) error {
	p := a.progress(dir)
	defer p.done()
	res, err := watching.Run(ctx, watching.Options{Dir: dir, Progress: p.stage})
	p.done()
	if err != nil {
		return err
	}
	ev := &evidence.Evidence{Target: res.Target, Watching: &res.Watching}
	return a.show(ev, judge(ev, []report.Probe{res.Probe}, res.Limits))
}
