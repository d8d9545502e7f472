package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func (a *app) heapDumpCommand() *cobra.Command {
	x := &heapView{a: a}
	c := &cobra.Command{
		Use:     "dump TARGET ADDR",
		Short:   a.say("cli.heap.dump.short"),
		Long:    a.say("cli.heap.dump.long"),
		Example: a.say("cli.heap.dump.example"),
		Args:    arguments(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			addr, err := strconv.ParseUint(args[1], 0, 64)
			if err != nil {
				return report.Fail(nil, text.T("error.heap-address", args[1]), text.T("hint.heap-address"))
			}
			return x.with(cmd.Context(), args[0], func(v *heap.View, answer *report.HeapView) error {
				o, ok := v.Dump(addr)
				if !ok {
					return noSuchObject(args[1], nil)
				}
				answer.Object = o
				if len(o.Chain) > 0 {
					chain := []evidence.HeapSuspect{{Kind: evidence.SuspectObjects, Type: o.Object.Type, Count: []int64{1},
						Bytes: []int64{o.Object.Retained}, Chains: 1, Suspect: -1, Chain: o.Chain}}
					answer.Traces = traces(&answer.Target, chain)
				}
				return nil
			})
		},
	}
	x.flags(c)
	return c
}
