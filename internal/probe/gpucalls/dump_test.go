package gpucalls

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

func TestDump(t *testing.T) {
	pid, err := strconv.Atoi(os.Getenv("DUMP"))
	if err != nil {
		t.Skip()
	}
	a, err := attach.Process(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ev, limits, p, err := Run(context.Background(), stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID, Toolkit: a.Toolkit}, 3*time.Second)
	t.Log(limits, p, err)
	if ev != nil {
		st := ev.Stacks
		ev.Stacks = nil
		if len(ev.Times) > 3 {
			ev.Times = ev.Times[:3]
		}
		b, _ := json.MarshalIndent(ev, "", " ")
		t.Log(string(b))
		for i, c := range ev.Calls {
			if c.Stack >= 0 && i < 3 {
				for k, f := range st[c.Stack] {
					t.Log(k, f.Function, f.File, f.Line, f.Origin)
				}
			}
		}
	}
}
