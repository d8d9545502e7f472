package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/wasmbundle"
)

// bundleSchema names the JSON form of what gomedic wasm bundle made.
const bundleSchema = "gomedic.wasm-bundle/v1"

// wasmBundleCommand builds a folder that can be served as it is.
func (a *app) wasmBundleCommand() *cobra.Command {
	o := wasmbundle.Options{}
	check, browser := false, ""
	c := &cobra.Command{
		Use:     "bundle PACKAGE -o FOLDER",
		Short:   a.say("cli.wasm.bundle.short"),
		Long:    a.say("cli.wasm.bundle.long"),
		Example: a.say("cli.wasm.bundle.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return report.Fail(nil, text.T("error.bundle-arguments", len(args)), text.T("hint.bundle-arguments"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Package = args[0]
			p := a.progress(args[0])
			defer p.done()
			o.Progress = func(key string) { p.stage(key, 0, 0) }
			res, err := wasmbundle.Make(cmd.Context(), o)
			if err == nil && check {
				o.Progress("bundle.stage.check")
				res.Checked, err = wasmbundle.Check(cmd.Context(), o.Output, browser, o.Progress)
			}
			p.done()
			if err != nil {
				return bundleFailure(err)
			}
			if res.Checked != nil && len(res.Checked.Problems) > 0 {
				a.exit = report.ExitFindings
			}
			return a.showBundle(res)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Output, "output", "o", "", a.say("cli.wasm.bundle.flag.output"))
	f.StringVar(&o.Title, "title", "", a.say("cli.wasm.bundle.flag.title"))
	f.StringVar(&o.Icon, "icon", "", a.say("cli.wasm.bundle.flag.icon"))
	f.StringVar(&o.Tags, "tags", "", a.say("cli.wasm.bundle.flag.tags"))
	f.StringVar(&o.Ldflags, "ldflags", "", a.say("cli.wasm.bundle.flag.ldflags"))
	f.BoolVar(&o.Symbols, "symbols", false, a.say("cli.wasm.bundle.flag.symbols"))
	f.BoolVar(&o.Safe, "safe", false, a.say("cli.wasm.bundle.flag.safe"))
	f.BoolVar(&o.Best, "best", false, a.say("cli.wasm.bundle.flag.best"))
	f.BoolVar(&o.Force, "force", false, a.say("cli.wasm.bundle.flag.force"))
	f.BoolVar(&check, "check", false, a.say("cli.wasm.bundle.flag.check"))
	f.StringVar(&browser, "browser", "", a.say("cli.wasm.bundle.flag.browser"))
	return c
}

// bundleFailure says for people why there is no bundle. What the compiler prints comes
// as it is.
func bundleFailure(err error) error {
	var build *wasmbundle.BuildError
	var folder *wasmbundle.FolderError
	var icon *wasmbundle.IconError
	var script *wasmbundle.ScriptError
	switch {
	case errors.As(err, &build):
		what := text.T("error.bundle-"+string(build.Reason), build.Output)
		return report.Fail(err, what, text.T("hint.bundle-"+string(build.Reason)))
	case errors.As(err, &folder):
		cause := ""
		if folder.Err != nil {
			cause = folder.Err.Error()
		}
		return report.Fail(err, text.T("error.bundle-folder-"+string(folder.Reason), folder.Path, cause), text.T("hint.bundle-folder-"+string(folder.Reason)))
	case errors.As(err, &icon) && icon.Err != nil:
		return report.Fail(err, text.T("error.bundle-icon-read", icon.Path, icon.Err.Error()), text.T("hint.bundle-icon"))
	case errors.As(err, &icon):
		return report.Fail(err, text.T("error.bundle-icon", icon.Path), text.T("hint.bundle-icon"))
	case errors.As(err, &script):
		return report.Fail(err, text.T("error.bundle-script", script.Path), text.T("hint.bundle-no-script"))
	}
	return err
}

// showBundle says what was made, and what to do with it.
func (a *app) showBundle(r *wasmbundle.Result) error {
	if a.json {
		e := json.NewEncoder(a.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Schema string `json:"schema"`
			*wasmbundle.Result
		}{bundleSchema, r})
	}
	if a.quiet {
		if c := r.Checked; c != nil {
			for _, p := range c.Problems {
				fmt.Fprintf(a.out, "%s: %s\n", p.File, p.What.In(a.lang))
			}
		}
		return nil
	}
	t := bundleText{a: a, color: false}
	if f, ok := a.out.(*os.File); ok {
		t.color = report.ColorFor(f)
	}
	t.made(r)
	if r.Safe != nil {
		t.safe(r.Safe)
	}
	if r.Checked != nil {
		t.checked(r.Checked)
	}
	t.next(r)
	return t.err
}

// bundleText writes for people.
type bundleText struct {
	a     *app
	color bool
	err   error
}

func (t *bundleText) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.a.out, format+"\n", args...)
	}
}

func (t *bundleText) bold(s string) string {
	if !t.color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func (t *bundleText) made(r *wasmbundle.Result) {
	about := []string{r.Go}
	if r.Toolkit != "" {
		about = append(about, r.Toolkit)
	}
	t.line("%s · %s", t.bold(r.Title), strings.Join(append(about, r.Package), " · "))
	t.line("")
	longest := 0
	for _, f := range r.Files {
		longest = max(longest, len(f.Name))
	}
	t.line("  %-*s  %10s %10s %10s", longest, "", t.a.say("bundle.bytes"), "gzip", "brotli")
	for _, f := range r.Files {
		packed := func(n int64) string {
			if n == 0 {
				return "–"
			}
			return text.Bytes(n)
		}
		t.line("  %-*s  %10s %10s %10s", longest, f.Name, text.Bytes(f.Bytes), packed(f.Gzip), packed(f.Brotli))
	}
}

func (t *bundleText) safe(s *wasmbundle.SafeMode) {
	t.line("")
	t.line("%s", t.bold(t.a.say("bundle.safe")))
	for _, w := range s.Switches {
		t.line("  · %s: %s", w.Name, t.a.say(w.Key))
	}
	for _, w := range s.Without {
		t.line("  – %s", t.a.say("bundle.safe.without", w.Name))
	}
	if len(s.Switches) == 0 {
		t.line("  %s", t.a.say("bundle.safe.none"))
	}
}

func (t *bundleText) checked(c *wasmbundle.CheckedAs) {
	t.line("")
	mark := "✓"
	if len(c.Problems) > 0 {
		mark = "✗"
	}
	t.line("%s %s", mark, t.bold(t.a.say("bundle.checked", c.Files)))
	if c.Browser == "" {
		t.line("  · %s", t.a.say("bundle.checked.no-browser"))
	} else if c.State == "running" {
		t.line("  · %s", t.a.say("bundle.checked.running", c.Browser, fmt.Sprintf("%.1f", float64(c.TookMS)/1000)))
	}
	for _, p := range c.Problems {
		t.line("  ✗ %s: %s", p.File, strings.ReplaceAll(p.What.In(t.a.lang), "\n", "\n    "))
	}
}

func (t *bundleText) next(r *wasmbundle.Result) {
	t.line("")
	t.line("%s", t.a.say("bundle.next", filepath.Clean(r.Folder)))
	if r.Checked == nil {
		t.line("%s", t.a.say("bundle.next.check"))
	}
}
