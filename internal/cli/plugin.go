package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/plugin"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) pluginCommand() *cobra.Command {
	root := ""
	c := &cobra.Command{
		Use:     "plugin HOST PLUGIN.so",
		Short:   a.say("cli.plugin.short"),
		Long:    a.say("cli.plugin.long"),
		Example: a.say("cli.plugin.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if n := len(args); n != 1 && n != 2 {
				return report.Fail(nil, text.T("error.plugin-arguments", n), text.T("hint.plugin-arguments"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.pluginBundle(args[0])
			}
			return a.examinePlugin(cmd.Context(), args[0], args[1], root)
		},
	}
	c.Flags().StringVar(&root, "root", "", a.say("cli.plugin.flag.root"))
	a.outputFlags(c)
	c.Flags().Lookup("stacks").Hidden = true // there are none
	return c
}

// pluginBundle shows what a bundle holds of a plugin.
func (a *app) pluginBundle(path string) error {
	n, err := resolve(path)
	if err != nil || n.kind != aBundle {
		return report.Fail(err, text.T("error.plugin-arguments", 1), text.T("hint.plugin-arguments"))
	}
	ev, err := readBundle(n.path)
	if err != nil {
		return err
	}
	if ev.Plugin == nil {
		return report.Fail(nil, text.T("error.plugin-bundle", path), text.T("hint.plugin-arguments"))
	}
	return a.show(ev, judge(ev, nil, nil))
}

func (a *app) examinePlugin(ctx context.Context, host, path, root string) error {
	o := plugin.Options{Host: host, Plugin: path, Root: root}
	if _, err := os.Stat(host); err != nil { // no file: a process, by its pid, name or window
		n, resolveErr := resolve(host)
		if resolveErr != nil {
			return resolveErr
		}
		o.Host, o.PID = "", n.pid
	}
	p := a.progress(path)
	defer p.done()
	o.Progress = func(key string) { p.stage(key, 0, 0) }
	res, err := plugin.Run(ctx, o)
	p.done()
	if err != nil {
		return err
	}
	ev := &evidence.Evidence{Target: res.Target, Plugin: &res.Plugin}
	return a.show(ev, judge(ev, []report.Probe{res.Probe}, res.Limits))
}
