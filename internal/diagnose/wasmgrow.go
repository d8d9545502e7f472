package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// watchedFrom is when the figures of a program count: not while it starts.
func watchedFrom(p *evidence.WasmProgram, took time.Duration) time.Duration {
	return p.Run + (took-p.Run)/4
}

// growth: the linear memory grows and grows. It never shrinks, so a program that
// has what it needs makes it grow no more.
func (c *pageCase) growth(p *evidence.WasmProgram, leaks bool) (report.Finding, bool) {
	if p.Run == 0 || len(p.Memory) < 3 {
		return report.Finding{}, false
	}
	end := c.p.Took
	if p.Exited {
		end = p.ExitAt
	}
	from := watchedFrom(p, end)
	if end-from < time.Second {
		return report.Finding{}, false
	}
	size := func(at time.Duration) int64 {
		n := p.Memory[0].Bytes
		for _, m := range p.Memory {
			if m.At <= at {
				n = m.Bytes
			}
		}
		return n
	}
	const parts = 3
	begin, last := size(from), size(end)
	for i := range time.Duration(parts) {
		a, b := size(from+(end-from)*i/parts), size(from+(end-from)*(i+1)/parts)
		if b-a < (last-begin)/20 || b <= a {
			return report.Finding{}, false
		}
	}
	grown := last - begin
	if grown < 2<<20 || float64(grown) < 0.15*float64(begin) {
		return report.Finding{}, false
	}
	if leaks && p.Funcs != nil {
		n := len(p.Funcs.Looks)
		if more := p.Funcs.Looks[n-1].Count - p.Funcs.Looks[0].Count; grown < int64(more)*2000 {
			return report.Finding{}, false // the callbacks explain it
		}
	}
	perMinute := int64(float64(grown) / (end - from).Minutes())
	f := pageFinding("wasm/memory-growth", report.P2, 0.85, text.T("finding.wasm/memory-growth.title", text.Bytes(begin), text.Bytes(last)))
	if perMinute > 60<<20 || last > 512<<20 {
		f.Severity = report.P1
	}
	f.Why = append(f.Why, text.T("why.page.growth", text.Bytes(grown), text.Duration(end-from), text.Bytes(perMinute)))
	if frame, share := c.grower(p, from); frame != nil {
		f.Where = place(c.t, frame, nil)
		f.Why = append(f.Why, text.T("why.page.grower", frame.Function, text.Percent(share)))
	}
	remedy(&f, "page")
	return f, true
}

// grower is the user's function that most of the growth happened in.
func (c *pageCase) grower(p *evidence.WasmProgram, from time.Duration) (*evidence.Frame, float64) {
	bytes := map[string]int64{}
	frames := map[string]*evidence.Frame{}
	var all int64
	for i := 1; i < len(p.Memory); i++ {
		m := &p.Memory[i]
		if m.At < from {
			continue
		}
		more := m.Bytes - p.Memory[i-1].Bytes
		all += more
		if j := toolkit.UserFrame(m.Frames); j >= 0 {
			f := &m.Frames[j]
			bytes[f.Function] += more
			frames[f.Function] = f
		}
	}
	best := ""
	for name, n := range bytes {
		if best == "" || n > bytes[best] || n == bytes[best] && name < best {
			best = name
		}
	}
	if best == "" || all == 0 || float64(bytes[best]) < 0.2*float64(all) {
		return nil, 0
	}
	return frames[best], float64(bytes[best]) / float64(all)
}

// Callbacks that a program makes without end: more of them at each look.
const (
	funcsMore  = 12   // in all
	funcsEach  = 4    // from one look to the next
	funcsMany  = 1000 // enough for the page to suffer soon
	funcsLooks = 3
)

// funcLeak: js.FuncOf without Release.
func (c *pageCase) funcLeak(p *evidence.WasmProgram) (report.Finding, bool) {
	if p.Funcs == nil || len(p.Funcs.Looks) < funcsLooks {
		return report.Finding{}, false
	}
	var sites []evidence.WasmFuncsAt
	more := 0
	for _, s := range p.Funcs.Sites {
		n := len(s.Counts)
		if n < funcsLooks || s.Counts[n-1]-s.Counts[0] < funcsMore {
			continue
		}
		steady := true
		for i := 1; i < n; i++ {
			steady = steady && s.Counts[i]-s.Counts[i-1] >= funcsEach
		}
		if steady {
			sites = append(sites, s)
			more += s.Counts[n-1] - s.Counts[0]
		}
	}
	if len(sites) == 0 {
		return report.Finding{}, false
	}
	slices.SortFunc(sites, func(a, b evidence.WasmFuncsAt) int {
		n := len(a.Counts)
		return cmp.Or(cmp.Compare(b.Counts[n-1]-b.Counts[0], a.Counts[n-1]-a.Counts[0]), cmp.Compare(a.Function, b.Function))
	})
	s := &sites[0]
	n := len(s.Counts)
	took := p.Funcs.Looks[n-1].At - p.Funcs.Looks[0].At
	f := pageFinding("wasm/func-leak", report.P2, 0.95, text.T("finding.wasm/func-leak.title", s.Function, s.Counts[n-1]))
	if perMinute := float64(more) / max(took.Minutes(), 1e-3); perMinute > funcsMany {
		f.Severity = report.P1
	}
	f.Where = place(c.t, &s.Frame, nil)
	f.Why = append(f.Why, text.T("why.page.funcs", s.Counts[0], s.Counts[n-1], text.Duration(took)))
	for _, other := range sites[1:min(len(sites), 4)] {
		f.Why = append(f.Why, text.T("why.page.funcs-too", other.Function, other.Counts[0], other.Counts[n-1]))
	}
	remedy(&f, "page")
	return f, true
}
