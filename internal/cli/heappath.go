package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) heapPathCommand() *cobra.Command {
	x := &heapView{a: a}
	all := 3
	c := &cobra.Command{
		Use:     "path TARGET TYPE|ADDR",
		Short:   a.say("cli.heap.path.short"),
		Long:    a.say("cli.heap.path.long"),
		Example: a.say("cli.heap.path.example"),
		Args:    arguments(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all < 1 {
				return report.Fail(nil, text.T("error.heap-number", all), text.T("hint.heap-number"))
			}
			return x.with(cmd.Context(), args[0], func(v *heap.View, answer *report.HeapView) error {
				p := v.Paths(args[1], all)
				if p.Objects+p.Garbage == 0 {
					return noSuchObject(args[1], p.Similar)
				}
				answer.Paths, answer.Traces = p, traces(&answer.Target, p.Traces)
				if x.pprof == "" && x.dot == "" {
					return nil
				}
				return x.write(a, &answer.Target, v.Evidence(p.Traces), answer.Traces)
			})
		},
	}
	c.Flags().IntVar(&all, "all", all, a.say("cli.heap.flag.all"))
	x.flags(c)
	x.exports.flags(a, c)
	return c
}

func noSuchObject(query string, similar []string) error {
	switch {
	case strings.HasPrefix(query, "0x"):
		return report.Fail(nil, text.T("error.heap-no-object", query), text.T("hint.heap-no-object"))
	case len(similar) > 0:
		return report.Fail(nil, text.T("error.heap-no-type", query), text.T("hint.heap-similar", report.Clean(strings.Join(similar, ", "))))
	}
	return report.Fail(nil, text.T("error.heap-no-type", query), text.T("hint.heap-no-type"))
}
