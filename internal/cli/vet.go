package cli

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/vet"
)

func (a *app) vetCommand() *cobra.Command {
	var o vet.Options
	var sarif string
	c := &cobra.Command{
		Use:     "vet [PACKAGES]",
		Short:   a.say("cli.vet.short"),
		Long:    a.say("cli.vet.long"),
		Example: a.say("cli.vet.example"),
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.json && sarif == "-" {
				return report.Fail(nil, text.T("error.vet-flags"), text.T("hint.vet-flags"))
			}
			o.Patterns = args
			p := a.progress("")
			o.Progress = p.stage
			r, err := vet.Run(cmd.Context(), o)
			p.done()
			if err != nil {
				return err
			}
			return a.showSource(r, sarif)
		},
	}
	c.Flags().StringVar(&o.Tags, "tags", "", a.say("cli.flag.tags"))
	c.Flags().BoolVar(&o.Tests, "tests", false, a.say("cli.flag.tests"))
	c.Flags().StringVarP(&o.Dir, "dir", "C", "", a.say("cli.flag.dir"))
	c.Flags().StringVar(&sarif, "sarif", "", a.say("cli.flag.sarif"))
	c.Flags().BoolVarP(&a.long, "verbose", "v", false, a.say("cli.flag.verbose"))
	return c
}

// showSource writes a report on source code in every form that was asked for.
func (a *app) showSource(r *report.Report, sarif string) error {
	a.exit = r.ExitCode()
	write := func(w io.Writer) error { return vet.WriteSARIF(w, r, Version) }
	switch sarif {
	case "":
	case "-":
		return write(a.out)
	default:
		if err := evidence.WriteFile(sarif, write); err != nil {
			return report.Fail(err, text.T("error.write", sarif, err.Error()), text.T("hint.write"))
		}
	}
	if a.json {
		return report.WriteJSON(a.out, r)
	}
	o := report.Options{Lang: a.lang, Quiet: a.quiet, Verbose: a.long}
	if f, ok := a.out.(*os.File); ok {
		o.Color, o.Width = report.ColorFor(f), report.WidthFor(f)
	}
	return report.WriteSource(a.out, r, o)
}

// stage says which part of a longer work is going on, and how far it is.
func (p *progressLine) stage(key string, done, all int) {
	if !p.on || time.Since(p.last) < 50*time.Millisecond && p.key == key {
		return
	}
	p.key = key
	share := 0.0
	if all > 0 {
		share = float64(done) / float64(all)
	}
	p.bar(share, p.a.say(key))
}
