package heap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Profile is one reading of the runtime's heap profile.
type Profile struct {
	At      time.Duration
	Buckets []gort.Bucket
}

// maxSites bounds what Sites returns; maxSiteFrames the stack of each.
const (
	maxSites      = 200
	maxSiteFrames = 64
)

// Sites says where the objects were allocated that are new since the first
// reading of the profile: by each later reading, how many of them there are and
// how many bytes, estimated from samples of one in rate bytes. Those that the
// readings do not say to be freed count as there, so that garbage which no
// collection has found yet is among them; settled leaves out what was allocated
// since the last collection, and with it such garbage, but for what was allocated
// while that collection marked. The largest come first; Count and Bytes have one
// value for each reading, the first of which is 0.
func Sites(prog *gort.Program, target *evidence.Target, readings []Profile, rate int64, settled bool) []evidence.HeapGroup {
	if len(readings) < 2 {
		return nil
	}
	type site struct {
		group evidence.HeapGroup
		count []float64
		bytes []float64
	}
	bySite := map[string]*site{}
	for i := 1; i < len(readings); i++ {
		since := gort.BucketsSince(readings[0].Buckets, readings[i].Buckets)
		for j := range since {
			b := &since[j]
			there, bytes := alive(b, settled)
			if there == 0 {
				continue
			}
			key := stackKey(b.Stack)
			s := bySite[key]
			if s == nil {
				s = &site{count: make([]float64, len(readings)), bytes: make([]float64, len(readings))}
				s.group.Site = siteFrames(prog, target, b)
				bySite[key] = s
			}
			n, size := gort.Scale(there, bytes, rate)
			s.count[i] += n
			s.bytes[i] += size
		}
	}
	at := make([]time.Duration, len(readings))
	for i := range readings {
		at[i] = readings[i].At
	}
	out := make([]evidence.HeapGroup, 0, len(bySite))
	for _, s := range bySite {
		g := s.group
		for i := range readings {
			g.Count = append(g.Count, int64(s.count[i]+0.5))
			g.Bytes = append(g.Bytes, int64(s.bytes[i]+0.5))
		}
		g.Trend = Trend(at, g.Count, g.Bytes)
		if f := place(g.Site); f != nil {
			g.Name, g.Package, g.Origin = fmt.Sprintf("%s (%s:%d)", f.Function, base(f.File), f.Line), f.Package, f.Origin
		}
		out = append(out, g)
	}
	last := len(readings) - 1
	slices.SortFunc(out, func(a, b evidence.HeapGroup) int {
		return cmp.Or(cmp.Compare(b.Bytes[last], a.Bytes[last]), cmp.Compare(a.Name, b.Name), compareStacks(a.Site, b.Site))
	})
	return out[:min(len(out), maxSites)]
}

// alive is how many of a bucket's samples there still are.
func alive(b *gort.Bucket, settled bool) (objects, bytes uint64) {
	n, size, freed, freedSize := b.AllocObjects, b.AllocBytes, b.FreeObjects, b.FreeBytes
	if settled {
		c := &b.Settled
		n, size, freed, freedSize = c.AllocObjects, c.AllocBytes, c.FreeObjects, c.FreeBytes
	}
	if n <= freed || size <= freedSize {
		return 0, 0
	}
	return n - freed, size - freedSize
}

func stackKey(stack []uint64) string {
	var b strings.Builder
	for _, pc := range stack {
		fmt.Fprintf(&b, "%x ", pc)
	}
	return b.String()
}

func siteFrames(prog *gort.Program, target *evidence.Target, b *gort.Bucket) []evidence.Frame {
	calls := prog.BucketCalls(b)
	var out []evidence.Frame
	for _, c := range calls[:min(len(calls), maxSiteFrames)] {
		pkg := gort.Package(c.Function)
		out = append(out, evidence.Frame{Function: c.Function, File: c.File, Line: max(c.Line, 0), Package: pkg,
			Origin: toolkit.OriginOf(target, pkg, c.File)})
	}
	return out
}

// place is the frame that a site is called after: the innermost of the user's own
// code, else that of whoever is nearest.
func place(stack []evidence.Frame) *evidence.Frame {
	for i := range stack {
		if stack[i].Origin == evidence.OriginUser {
			return &stack[i]
		}
	}
	for i := range stack {
		if o := stack[i].Origin; o != evidence.OriginRuntime && o != evidence.OriginStd {
			return &stack[i]
		}
	}
	if len(stack) > 0 {
		return &stack[0]
	}
	return nil
}

func base(file string) string { return file[strings.LastIndexAny(file, `/\`)+1:] }

func compareStacks(a, b []evidence.Frame) int {
	return slices.CompareFunc(a, b, func(x, y evidence.Frame) int {
		return cmp.Or(cmp.Compare(x.Function, y.Function), cmp.Compare(x.Line, y.Line), cmp.Compare(x.File, y.File))
	})
}
