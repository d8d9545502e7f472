package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/gort/wasmfile"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// moduleFlags are the flags of gomedic wasm that concern a module's file.
type moduleFlags struct{ execJS string }

func (f *moduleFlags) flags(a *app, c *cobra.Command) {
	c.Flags().StringVar(&f.execJS, "exec-js", "", a.say("cli.wasm.flag.exec-js"))
}

// wasmFile examines a module's file without a browser.
func (a *app) wasmFile(cmd *cobra.Command, path string, f *moduleFlags) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := wasmfile.Parse(b); err != nil {
		return report.Fail(err, text.T("error.wasm-parse", path, err.Error()), text.T("hint.wasm-arguments"))
	}
	return nil
}
