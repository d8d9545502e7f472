package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// wasmCommand examines a page in a browser, or a module's file without one.
func (a *app) wasmCommand() *cobra.Command {
	page, file := &pageFlags{}, &moduleFlags{}
	c := &cobra.Command{
		Use:     "wasm URL|FILE.wasm",
		Short:   a.say("cli.wasm.short"),
		Long:    a.say("cli.wasm.long"),
		Example: a.say("cli.wasm.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return report.Fail(nil, text.T("error.wasm-arguments", len(args)), text.T("hint.wasm-arguments"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			what := args[0]
			if isPage(what) {
				return a.wasmPage(cmd, what, page)
			}
			st, err := os.Stat(what)
			switch {
			case err != nil && !strings.Contains(what, "://"):
				return report.Fail(err, text.T("error.wasm-no-file", what), text.T("hint.wasm-arguments"))
			case err != nil:
				return report.Fail(nil, text.T("error.wasm-scheme", what), text.T("hint.wasm-arguments"))
			case !st.Mode().IsRegular():
				return report.Fail(nil, text.T("error.wasm-directory", what), text.T("hint.wasm-directory"))
			}
			if k, err := fileKind(what); err == nil && k == aBundle {
				return a.wasmSaved(what)
			}
			return a.wasmFile(cmd, what, file)
		},
	}
	page.flags(a, c)
	file.flags(a, c)
	a.outputFlags(c)
	c.Flags().Lookup("stacks").Hidden = true // there are none in a file; of pages the report has them
	c.AddCommand(a.wasmBundleCommand())
	return c
}

// isPage reports whether a TARGET names a page rather than a file or a process.
func isPage(target string) bool {
	lower := strings.ToLower(target)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

// wasmSaved shows what a bundle holds of a page or of a module.
func (a *app) wasmSaved(path string) error {
	ev, err := readBundle(path)
	if err != nil {
		return err
	}
	if ev.WasmFile == nil && !holdsPage(ev) {
		return report.Fail(nil, text.T("error.wasm-saved", path), text.T("hint.wasm-saved", path))
	}
	return a.show(ev, judge(ev, nil, nil))
}
