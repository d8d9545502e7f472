package cli

import (
	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// pageFlags are the flags of gomedic wasm that concern a page.
type pageFlags struct{}

func (f *pageFlags) flags(a *app, c *cobra.Command) {}

// wasmPage examines a page in a browser.
func (a *app) wasmPage(cmd *cobra.Command, url string, f *pageFlags) error {
	return report.Fail(nil, text.T("error.wasm-page", url), text.T("hint.wasm-page"))
}

// holdsPage reports whether a bundle is of a page.
func holdsPage(ev *evidence.Evidence) bool { return false }
