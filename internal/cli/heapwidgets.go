package cli

import (
	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) heapWidgetsCommand() *cobra.Command {
	x := &heapView{a: a}
	c := &cobra.Command{
		Use:     "widgets TARGET",
		Short:   a.say("cli.heap.widgets.short"),
		Long:    a.say("cli.heap.widgets.long"),
		Example: a.say("cli.heap.widgets.example"),
		Args:    arguments(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return x.with(cmd.Context(), args[0], func(v *heap.View, answer *report.HeapView) error {
				w, ok := v.Widgets()
				if !ok {
					name := answer.Target.Toolkit
					if name == "" {
						name = a.say("toolkit.none")
					}
					return report.Fail(nil, text.T("error.heap-no-widgets", name), text.T("hint.heap-no-widgets"))
				}
				answer.Widgets = w
				return nil
			})
		},
	}
	x.flags(c)
	return c
}
