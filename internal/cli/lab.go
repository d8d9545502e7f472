package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/lab"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// newLabCommand returns gomedic lab. executable is the path of gomedic itself,
// which the lab runs as users do; exit is told the exit code when it is not 0
// and no error is returned: report.ExitFindings when a score misses a bar. The
// commands write to cmd.OutOrStdout and, for progress, to cmd.ErrOrStderr; they
// heed the flags --json and --quiet of the root command.
func newLabCommand(executable string, lang text.Lang, exit func(code int)) *cobra.Command {
	l := &labCommand{executable: executable, lang: lang, exit: exit}
	root := &cobra.Command{Use: "lab", Short: l.say("help.lab"), Long: l.say("help.lab.long"), Args: cobra.NoArgs}
	root.PersistentFlags().StringVar(&l.dir, "dir", "", l.say("flag.dir"))
	root.PersistentFlags().StringVar(&l.cache, "cache", "", l.say("flag.cache"))
	root.AddCommand(l.list(), l.run(), l.score(), l.reloads(), l.pages(), l.drivers(), l.safes(), l.assets())
	return root
}

// labCommand is what the lab's commands share.
type labCommand struct {
	executable string
	lang       text.Lang
	exit       func(int)

	dir, cache     string
	only           string
	display, short bool
	stripped, then bool
}

func (l *labCommand) say(key string) string { return lab.Say(l.lang, key) }

func (l *labCommand) list() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: l.say("help.list"), Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		_, faults, err := l.faults()
		if err != nil {
			return err
		}
		if inherited(cmd, "json") {
			return printJSON(cmd, faults)
		}
		return lab.WriteList(cmd.OutOrStdout(), l.lang, faults)
	}}
	l.choice(c)
	return c
}

func (l *labCommand) run() *cobra.Command {
	c := &cobra.Command{Use: "run NAME [-- CHECK-FLAGS]", Short: l.say("help.run"), Args: cobra.MinimumNArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		l.only = "^" + regexp.QuoteMeta(args[0]) + "$"
		dir, faults, err := l.faults()
		if err != nil {
			return err
		}
		if len(faults) == 0 {
			return lab.UnknownFault(l.lang, args[0])
		}
		run := lab.Run{Fault: faults[0], Build: lab.Plain, User: lab.Root}
		if l.stripped {
			run.Build = lab.Stripped
		}
		flags := args[1:]
		for _, name := range []string{"json", "quiet"} { // what is printed is the examination's
			if inherited(cmd, name) {
				flags = append([]string{"--" + name}, flags...)
			}
		}
		return l.runner(cmd, dir).Session(cmd.Context(), run, l.then, cmd.OutOrStdout(), cmd.ErrOrStderr(), flags...)
	}}
	c.Flags().BoolVar(&l.display, "display", false, l.say("flag.display"))
	c.Flags().BoolVar(&l.stripped, "stripped", false, l.say("flag.stripped"))
	c.Flags().BoolVar(&l.then, "check", false, l.say("flag.check"))
	return c
}

func (l *labCommand) score() *cobra.Command {
	c := &cobra.Command{Use: "score", Short: l.say("help.score"), Long: l.say("help.score.long"), Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, faults, err := l.faults()
		if err != nil {
			return err
		}
		runs := lab.Plan(faults, l.short, os.Getuid() == 0)
		result, err := l.runner(cmd, dir).Score(cmd.Context(), runs)
		if err != nil {
			return err
		}
		if len(result.Score.BarsMissed) > 0 {
			l.exit(report.ExitFindings)
		}
		if inherited(cmd, "json") {
			return printJSON(cmd, result)
		}
		return lab.WriteTable(cmd.OutOrStdout(), l.lang, result)
	}}
	l.choice(c)
	c.Flags().BoolVar(&l.display, "display", false, l.say("flag.display"))
	c.Flags().BoolVar(&l.short, "short", false, l.say("flag.short"))
	return c
}

func (l *labCommand) reloads() *cobra.Command {
	c := &cobra.Command{Use: "reload", Short: l.say("help.reload"), Long: l.say("help.reload.long"), Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := lab.FindDir(l.dir)
		if err != nil {
			return err
		}
		asJSON := inherited(cmd, "json")
		progress := cmd.ErrOrStderr()
		if inherited(cmd, "quiet") {
			progress = io.Discard
		}
		all, err := lab.Reloads(cmd.Context(), l.executable, dir, l.only, progress, func(c *lab.ReloadCase) {
			if !asJSON {
				lab.WriteReload(cmd.OutOrStdout(), c)
			}
		})
		if err != nil {
			return err
		}
		failed := 0
		for _, c := range all {
			if !c.Passed {
				failed++
			}
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
	return c
}

// choice adds the flags that list and score share.
func (l *labCommand) choice(c *cobra.Command) {
	c.Flags().StringVar(&l.only, "only", "", l.say("flag.only"))
}

// faults returns the lab's folder and the faults that --only leaves.
func (l *labCommand) faults() (dir string, faults []lab.Fault, err error) {
	return lab.Choose(l.lang, l.dir, l.only)
}

func (l *labCommand) runner(cmd *cobra.Command, dir string) *lab.Runner {
	cache := l.cache
	if cache == "" {
		cache = filepath.Join(filepath.Dir(dir), "build", "lab")
	}
	r := &lab.Runner{Dir: dir, Cache: cache, Gomedic: l.executable, Display: l.display, Lang: l.lang}
	if !inherited(cmd, "quiet") {
		r.Progress = cmd.ErrOrStderr()
	}
	return r
}

// inherited reports whether a flag that gomedic's root defines is set.
func inherited(cmd *cobra.Command, name string) bool {
	set, err := cmd.Flags().GetBool(name)
	return err == nil && set
}

func printJSON(cmd *cobra.Command, v any) error {
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
