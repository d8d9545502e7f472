package safe

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/frames"
	"github.com/gomedic/gomedic/internal/probe/gpu"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// renderer finds out what the program draws with: of its processes, the one that does.
func (t *try) renderer() {
	for _, pid := range t.members() {
		p, err := proc.Open(pid)
		if err != nil {
			continue
		}
		r, err := gpu.Run(context.Background(), gpu.Options{Process: p, NoLog: true, Thorough: true})
		if err != nil {
			continue
		}
		if pid == t.cmd.Process.Pid || len(r.GPU.Libraries) > 0 {
			t.last = *r
		}
		if len(r.GPU.Libraries) > 0 {
			t.out.Renderer, t.out.GL, t.out.Software = r.GPU.Renderer, r.GPU.GL, r.GPU.Software
			return
		}
	}
}

// counted is for how long frames are counted.
const counted = 600 * time.Millisecond

// count counts the frames that a Go program with a known toolkit draws, by looking often.
func (t *try) count(ctx context.Context) {
	for _, pid := range t.members() {
		target, err := attach.Process(pid)
		if err != nil {
			continue
		}
		if target.Toolkit != nil {
			res, err := frames.Run(ctx, stacks.Target{Process: target.Process, Program: target.Program, Evidence: &target.ID, Toolkit: target.Toolkit},
				frames.Options{For: counted, NoStop: true, NoProbes: true, Quick: true})
			if err == nil && res != nil {
				t.out.Frames, t.out.CountMS = len(res.Frames.Times), float64(counted.Milliseconds())
			}
			target.Close()
			return
		}
		target.Close()
	}
}
