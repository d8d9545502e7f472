// Package cli is gomedic's command line: one file for each command. A command
// turns flags into calls of the rooms below, and their report into output; it
// knows no rule and reads no memory itself. Start at [Main] and check.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/probe/assets"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/vet"
)

// Version is gomedic's own version.
const Version = "0.4.0"

// app is what the commands share.
type app struct {
	lang   text.Lang
	out    io.Writer
	err    io.Writer
	exit   int
	json   bool
	quiet  bool
	html   string
	save   string
	stacks bool
	long   bool
	frames bool        // the report lists the late frames
	growth bool        // … which sizes of C's chunks became more
	gpu    bool        // … and the calls into the graphics driver
	gentle atomic.Bool // Ctrl-C ends what is watched; only a second one ends the command
}

// Main runs gomedic and returns its exit code.
func Main(args []string, out, errw io.Writer) int {
	if vet.IsUnit(args) {
		return vet.Unit() // go vet -vettool calls
	}
	if len(args) == 1 && args[0] == assets.WorkerArg {
		if err := assets.Worker(os.Stdin, out); err != nil {
			return report.ExitFailed
		}
		return report.ExitHealthy
	}
	if len(args) == 1 && args[0] == relayArg {
		relay()
		return report.ExitHealthy
	}
	a := &app{out: out, err: errw, lang: languageOf(args)}
	ctx, stop := a.interruptible()
	defer stop()
	root := a.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errw)
	if err := root.ExecuteContext(ctx); err != nil {
		a.complain(err)
		return report.ExitFailed
	}
	return a.exit
}

// patience is how long a command may take to end after Ctrl-C. What waits in the
// kernel, for a pipe or for the target, does not look at its context.
const patience = time.Second

// interruptible returns a context that Ctrl-C or SIGTERM cancels. If the command
// then does not end by itself, or at a second signal, this process ends: whatever
// it does, that is safe at any moment.
func (a *app) interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		cancel()
		a.linger(signals)
		a.complain(context.Canceled)
		os.Exit(report.ExitFailed)
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel()
	}
}

// linger returns when the command has had its time to end.
func (a *app) linger(signals <-chan os.Signal) {
	if !a.gentle.Load() {
		select {
		case <-signals:
		case <-time.After(patience):
		}
		return
	}
	// One Ctrl-C may come twice: to the process, and to its group.
	const same = 200 * time.Millisecond
	for begun := time.Now(); ; {
		<-signals
		if time.Since(begun) > same {
			return
		}
	}
}

// languageOf finds --lang before the flags are parsed: the help is in that
// language, too.
func languageOf(args []string) text.Lang {
	flag := ""
	for i, s := range args {
		if s == "--" {
			break
		}
		if s == "--lang" && i+1 < len(args) {
			flag = args[i+1]
		} else if len(s) > 7 && s[:7] == "--lang=" {
			flag = s[7:]
		}
	}
	lang, err := text.Detect(flag)
	if err != nil {
		return text.English
	}
	return lang
}

// say puts a sentence into the user's language.
func (a *app) say(key string, args ...any) string { return text.T(key, args...).In(a.lang) }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "gomedic",
		Short:         a.say("cli.root.short"),
		Long:          a.say("cli.root.long"),
		Example:       a.say("cli.root.example"),
		Version:       Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          a.noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return a.list(cmd.Context()) },
	}
	root.SetVersionTemplate("gomedic {{.Version}}\n")
	root.PersistentFlags().BoolVar(&a.json, "json", false, a.say("cli.flag.json"))
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, a.say("cli.flag.quiet"))
	root.PersistentFlags().String("lang", "", a.say("cli.flag.lang"))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		flag, _ := cmd.Flags().GetString("lang")
		if _, err := text.Detect(flag); err != nil {
			return report.Fail(nil, text.T("error.lang", flag), text.T("hint.lang"))
		}
		return nil
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return report.Fail(nil, text.T("error.usage", err.Error()), text.T("hint.usage", cmd.CommandPath()))
	})
	root.AddCommand(a.assetsCommand(), a.checkCommand(), a.devCommand(), a.framesCommand(), a.freezeCommand(), a.heapCommand(), a.leakCommand(), a.nativeCommand(), a.pluginCommand(), a.reloadCheckCommand(), a.vetCommand(), a.wasmCommand(), a.explainCommand(), a.manCommand())
	root.AddCommand(a.safeCommand())
	a.addLab(root)
	localise(root, a)
	return root
}

// noCommand explains a word that is no command: perhaps a target.
func (a *app) noCommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return report.Fail(nil, text.T("error.command", args[0]), text.T("hint.command", args[0]))
	}
	return nil
}

// localise puts the words that cobra itself prints into the user's language.
func localise(root *cobra.Command, a *app) {
	root.SetUsageTemplate(a.say("cli.usage-template"))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		if f := c.Flags().Lookup("help"); f != nil {
			f.Usage = a.say("cli.flag.help")
		}
		for _, sub := range c.Commands() {
			switch sub.Name() {
			case "help":
				sub.Short = a.say("cli.help.short")
			case "completion":
				sub.Short = a.say("cli.completion.short")
			}
			visit(sub)
		}
	}
	visit(root)
	root.InitDefaultVersionFlag()
	if f := root.Flags().Lookup("version"); f != nil {
		f.Usage = a.say("cli.flag.version")
	}
}

// complain prints an error for people: what, then what to do.
func (a *app) complain(err error) {
	var f *report.Failure
	if !errors.As(err, &f) {
		f = failure(err)
	}
	fmt.Fprintf(a.err, "gomedic: %s\n", f.What.In(a.lang))
	if !f.Hint.IsZero() {
		fmt.Fprintf(a.err, "%s%s\n", a.say("cli.hint"), f.Hint.In(a.lang))
	}
}
