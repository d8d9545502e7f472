package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/image"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// largestPassing is how much memory outside of Go's heap is looked at in passing.
const largestPassing = 200 << 20

// lookAtC takes one look at the C heap, where that is cheap and nothing more urgent was
// found; nil: it did not.
func (x *examine) lookAtC(ctx context.Context, t stacks.Target, ev *evidence.Evidence) (*native.Result, []report.Limit) {
	if !x.frames || x.noStop || frozen(ev, nil) {
		return nil, nil
	}
	res, err := native.Run(ctx, t, native.Options{Snapshot: true, Largest: largestPassing})
	switch {
	case err == nil:
		return res, res.Limits
	case errors.Is(err, native.ErrNoC), errors.Is(err, native.ErrLarge), ctx.Err() != nil:
		return nil, nil
	}
	return nil, []report.Limit{{Probe: native.Name, Why: text.T("limit.native-failed.why", failure(err).What), Help: text.T("limit.native-failed.help", ev.Target.PID)}}
}

// largestFile is how much memory a core or heap file may have whose C heap check looks
// at, too: Go's is read for that, and takes about a second a GiB.
const largestFile = 4 << 30

// lookAtFile takes one look at the C heap in a core or heap file; nil: there is none, or
// it was left out of the file.
func (x *examine) lookAtFile(ctx context.Context, t *attach.Target, target stacks.Target) (*native.Result, []report.Limit) {
	if !x.frames {
		return nil, nil
	}
	maps, err := mappingsOf(t)
	if err != nil {
		return nil, nil
	}
	if t.Image != nil && slices.ContainsFunc(t.Image.Info().LeftOut, func(l image.LeftOut) bool { return l.Why == image.OfC }) {
		return nil, nil
	}
	var size uint64
	for i := range maps {
		if m := &maps[i]; m.Write && !m.Shared {
			size += m.End - m.Start
		}
	}
	if size > largestFile {
		return nil, []report.Limit{{Probe: native.Name, Why: text.T("limit.native-file.why", text.Bytes(int64(size))), Help: text.T("limit.native-file.help")}}
	}
	p := x.a.progress(t.ID.Name)
	defer p.done()
	p.stage("cli.native.look", 0, 0)
	res, err := native.Read(ctx, target, maps)
	switch {
	case err == nil:
		return res, res.Limits
	case errors.Is(err, native.ErrNoC), ctx.Err() != nil:
		return nil, nil
	}
	return nil, []report.Limit{{Probe: native.Name, Why: text.T("limit.native-failed.why", failure(err).What), Help: text.T("limit.native-file.help")}}
}

// mappingsOf are those of a core or heap file.
func mappingsOf(t *attach.Target) ([]proc.Mapping, error) {
	if t.Core != nil {
		return t.Core.Mappings()
	}
	return t.Image.Mappings()
}
