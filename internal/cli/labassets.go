package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/lab"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// assets scores gomedic assets.
func (l *labCommand) assets() *cobra.Command {
	say := func(key string, args ...any) string { return text.T(key, args...).In(l.lang) }
	c := &cobra.Command{Use: "assets", Short: say("cli.lab.assets"), Long: say("cli.lab.assets.long"), Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := lab.FindDir(l.dir)
		if err != nil {
			return err
		}
		asJSON := inherited(cmd, "json")
		all, err := lab.AssetRuns(cmd.Context(), l.executable, dir, l.only, func(r *lab.AssetRun) {
			if !asJSON {
				lab.WriteAssetRun(cmd.OutOrStdout(), r)
			}
		})
		if err != nil {
			return err
		}
		s := lab.SumAssets(all)
		if s.Passed < s.Runs || s.Runs == 0 {
			l.exit(report.ExitFindings)
		}
		if asJSON {
			return printJSON(cmd, map[string]any{"sum": s, "runs": all})
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), say("cli.lab.assets.sum", s.Passed, s.Runs, s.Faults, s.Healthy, s.Right, s.Wanted, s.Places, s.Placed, s.False))
		return err
	}}
	l.choice(c)
	return c
}
