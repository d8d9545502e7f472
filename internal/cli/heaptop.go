package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// So many chains are written into files: what is not among them holds little, and
// a graph of more cannot be read.
const (
	mostInPprof = 2000
	mostInDOT   = 40
)

func (a *app) heapTopCommand() *cobra.Command {
	x := &heapView{a: a}
	by, number := string(evidence.ByType), 20
	c := &cobra.Command{
		Use:     "top TARGET",
		Short:   a.say("cli.heap.top.short"),
		Long:    a.say("cli.heap.top.long"),
		Example: a.say("cli.heap.top.example"),
		Args:    arguments(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var names []string
			for _, d := range evidence.HeapDivisions {
				names = append(names, string(d))
			}
			switch {
			case !slices.Contains(names, by):
				return report.Fail(nil, text.T("error.heap-by", by), text.T("hint.heap-by", strings.Join(names, ", ")))
			case number < 0:
				return report.Fail(nil, text.T("error.heap-number", number), text.T("hint.heap-number"))
			}
			return x.with(cmd.Context(), args[0], func(v *heap.View, answer *report.HeapView) error {
				answer.Top = v.Top(evidence.HeapBy(by), number)
				if x.pprof == "" && x.dot == "" {
					return nil
				}
				chains := v.Holders(mostInPprof)
				return x.write(a, &answer.Target, v.Evidence(chains), traces(&answer.Target, chains[:min(len(chains), mostInDOT)]))
			})
		},
	}
	c.Flags().StringVar(&by, "by", by, a.say("cli.heap.flag.by"))
	c.Flags().IntVarP(&number, "number", "n", number, a.say("cli.heap.flag.number"))
	x.flags(c)
	x.exports.flags(a, c)
	return c
}
