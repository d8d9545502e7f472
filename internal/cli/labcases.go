package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/lab"
	"github.com/gomedic/gomedic/internal/report"
)

func (l *labCommand) drivers() *cobra.Command { return l.cases("driver", (*lab.Runner).Drivers) }

func (l *labCommand) safes() *cobra.Command { return l.cases("safe", (*lab.Runner).Safes) }

// cases is a command that runs cases that are written down in files.
func (l *labCommand) cases(name string, run func(r *lab.Runner, ctx context.Context, only string, told func(*lab.Case)) ([]*lab.Case, error)) *cobra.Command {
	c := &cobra.Command{Use: name, Short: l.say("help." + name), Long: l.say("help." + name + ".long"), Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := lab.FindDir(l.dir)
		if err != nil {
			return err
		}
		asJSON := inherited(cmd, "json")
		failed := 0
		all, err := run(l.runner(cmd, dir), cmd.Context(), l.only, func(c *lab.Case) {
			if !c.Passed {
				failed++
			}
			if !asJSON {
				lab.WriteCase(cmd.OutOrStdout(), c)
			}
		})
		if err != nil {
			return err
		}
		if failed > 0 || len(all) == 0 {
			l.exit(report.ExitFindings)
		}
		if asJSON {
			return printJSON(cmd, all)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), l.say("reload.sum")+"\n", len(all)-failed, len(all))
		return err
	}}
	l.choice(c)
	c.Flags().BoolVar(&l.display, "display", false, l.say("flag.display"))
	return c
}
