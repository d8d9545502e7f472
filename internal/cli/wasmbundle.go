package cli

import (
	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// wasmBundleCommand builds a folder that can be served as it is.
func (a *app) wasmBundleCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:     "bundle PACKAGE -o FOLDER",
		Short:   a.say("cli.wasm.bundle.short"),
		Long:    a.say("cli.wasm.bundle.long"),
		Example: a.say("cli.wasm.bundle.example"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return report.Fail(nil, text.T("error.wasm-bundle"), text.T("hint.wasm-page"))
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", a.say("cli.wasm.bundle.flag.output"))
	return c
}
