package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/text"
)

// Commands returns gomedic's commands with their help in lang, for the programs
// that write the pages of docs/commands. They are not meant to be run.
func Commands(lang text.Lang) *cobra.Command {
	return (&app{lang: lang, out: io.Discard, err: io.Discard}).root()
}
