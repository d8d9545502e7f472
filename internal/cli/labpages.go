package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/lab"
	"github.com/gomedic/gomedic/internal/report"
)

func (l *labCommand) pages() *cobra.Command {
	c := &cobra.Command{Use: "pages", Short: l.say("help.pages"), Long: l.say("help.pages.long"), Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := lab.FindDir(l.dir)
		if err != nil {
			return err
		}
		cache := l.cache
		if cache == "" {
			cache = filepath.Join(filepath.Dir(dir), "build", "lab")
		}
		asJSON := inherited(cmd, "json")
		progress := cmd.ErrOrStderr()
		if inherited(cmd, "quiet") {
			progress = io.Discard
		}
		all, err := lab.Pages(cmd.Context(), l.executable, dir, cache, l.only, progress, func(c *lab.PageCase) {
			if !asJSON {
				lab.WritePage(cmd.OutOrStdout(), c)
			}
		})
		if err != nil {
			return err
		}
		score := lab.ScorePages(all)
		if len(score.Missed) > 0 || len(all) == 0 {
			l.exit(report.ExitFindings)
		}
		if asJSON {
			return printJSON(cmd, map[string]any{"score": score, "pages": all})
		}
		out := cmd.OutOrStdout()
		percent := func(share float64) string { return fmt.Sprintf("%.1f %%", share*100) }
		fmt.Fprintf(out, l.say("pages.sum")+"\n", score.Pages, score.Sick, score.Stripped, percent(score.RightID), percent(score.RightAt))
		if len(score.False) > 0 {
			fmt.Fprintf(out, l.say("pages.false")+"\n", strings.Join(score.False, ", "))
		}
		if len(score.Missed) > 0 {
			fmt.Fprintf(out, l.say("pages.missed")+"\n", strings.Join(score.Missed, ", "))
		}
		return nil
	}}
	l.choice(c)
	return c
}
