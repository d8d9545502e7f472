package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/docs"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "explain ID",
		Short:   a.say("cli.explain.short"),
		Long:    a.say("cli.explain.long"),
		Example: a.say("cli.explain.example"),
		Args:    cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return report.Fail(nil, text.T("error.explain"), text.T("hint.explain"))
			}
			page, ok := docs.Finding(args[0], a.lang)
			if !ok {
				return report.Fail(nil, text.T("error.finding-id", args[0]), text.T("hint.explain"))
			}
			_, err := fmt.Fprint(a.out, page)
			return err
		},
	}
}
