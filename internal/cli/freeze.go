package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) freezeCommand() *cobra.Command {
	x := &examine{a: a}
	var watch bool
	var over, until time.Duration
	c := &cobra.Command{
		Use:     "freeze TARGET",
		Short:   a.say("cli.freeze.short"),
		Long:    a.say("cli.freeze.long"),
		Example: a.say("cli.freeze.example"),
		Args:    x.oneTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !watch {
				if cmd.Flags().Changed("until") || cmd.Flags().Changed("over") {
					return report.Fail(nil, text.T("error.needs-watch"), text.T("hint.needs-watch"))
				}
				ev, r, err := x.run(cmd, args)
				if err != nil {
					return err
				}
				return a.show(ev, r)
			}
			if over < shortFor || until < 0 {
				return report.Fail(nil, text.T("error.over"), text.T("hint.over", shortFor.String()))
			}
			ev, r, err := x.caught(cmd, args, over, until)
			if err != nil {
				return err
			}
			return a.show(ev, r)
		},
	}
	x.flags(c)
	c.Flags().BoolVar(&watch, "watch", false, a.say("cli.flag.watch"))
	c.Flags().DurationVar(&over, "over", 500*time.Millisecond, a.say("cli.flag.over"))
	c.Flags().DurationVar(&until, "until", 0, a.say("cli.flag.until"))
	return c
}

// caught waits for the next freeze of the target, and examines it.
func (x *examine) caught(cmd *cobra.Command, args []string, over, until time.Duration) (*evidence.Evidence, *report.Report, error) {
	ctx := cmd.Context()
	if err := x.checkFor(); err != nil {
		return nil, nil, err
	}
	var pid int
	if cmd.ArgsLenAtDash() == 0 {
		var err error
		if pid, err = start(ctx, args, false); err != nil {
			return nil, nil, err
		}
	} else {
		n, err := resolve(args[0])
		if err != nil {
			return nil, nil, err
		}
		if n.kind == aPage {
			return nil, nil, report.Fail(nil, text.T("error.page-watch"), text.T("hint.page-watch"))
		}
		if n.kind != aProcess {
			return nil, nil, report.Fail(nil, text.T("error.watch-file", args[0]), text.T("hint.list"))
		}
		pid = n.pid
	}
	if err := x.await(ctx, pid, over, until); err != nil {
		return nil, nil, err
	}
	return x.process(ctx, pid)
}

// await looks at the UI until it stands still.
func (x *examine) await(ctx context.Context, pid int, over, until time.Duration) error {
	t, err := attach.Process(pid)
	if err != nil {
		return err
	}
	defer t.Close()
	if !x.a.quiet && !x.a.json {
		fmt.Fprintln(x.a.err, x.a.say("cli.watching", t.ID.Name, pid))
	}
	if until > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, until)
		defer stop()
	}
	stood, err := stacks.Await(ctx, stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, over)
	if err != nil {
		if ctx.Err() == context.DeadlineExceeded {
			return report.Fail(nil, text.T("error.watch-ended", until.String()), text.T("hint.watch-ended"))
		}
		return err
	}
	if !x.a.quiet && !x.a.json {
		fmt.Fprintln(x.a.err, x.a.say("cli.caught", text.Duration(stood)))
	}
	return nil
}
