package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Memory is what a program's memory is used for, and how that developed. Sizes
// are bytes. Lists with one figure for each look are as long as Looks.
type Memory struct {
	RSS       int64          `json:"rss,omitempty"`
	Swap      int64          `json:"swap,omitempty"`
	Available int64          `json:"available,omitempty"` // what the machine, or the cgroup, could still give
	Parts     []MemoryPart   `json:"parts,omitempty"`     // they add up to RSS
	Looks     []MemoryLook   `json:"looks,omitempty"`     // oldest first
	Types     []MemoryGroup  `json:"types,omitempty"`
	Sites     []MemoryGroup  `json:"sites,omitempty"`
	Roots     []MemoryGroup  `json:"roots,omitempty"`
	Samples   []MemorySample `json:"samples,omitempty"` // of the runtime's own figures
}

// MemoryPart is one part of the resident memory.
type MemoryPart struct {
	Name string `json:"name"` // see evidence.MemoryKind
	RSS  int64  `json:"rss"`
	Size int64  `json:"size,omitempty"`
}

// MemoryLook is one look at all live objects.
type MemoryLook struct {
	AtMS      int64   `json:"at_ms"`
	Source    string  `json:"source,omitempty"`
	StoppedMS float64 `json:"stopped_ms,omitempty"`
	Objects   int64   `json:"objects"`
	Bytes     int64   `json:"bytes"`
	Garbage   int64   `json:"garbage,omitempty"`
	Typed     float64 `json:"typed"` // share of the bytes whose type is known
	Owned     float64 `json:"owned"` // … or whose owning field is
	// Chunks of C memory that Go alone holds, beside the objects.
	C      int64 `json:"c,omitempty"`
	CBytes int64 `json:"c_bytes,omitempty"`
}

// MemoryGroup is objects of one type, from one line or under one root.
type MemoryGroup struct {
	Name           string  `json:"name"`
	Yours          bool    `json:"yours,omitempty"`
	Place          *Place  `json:"place,omitempty"` // that allocates them
	Count          []int64 `json:"count"`
	Bytes          []int64 `json:"bytes"`
	Retained       []int64 `json:"retained,omitempty"`
	PerSecond      float64 `json:"per_second,omitempty"`
	BytesPerSecond float64 `json:"bytes_per_second,omitempty"`
	Confidence     float64 `json:"confidence"` // that it grows and goes on to
}

// MemorySample is the runtime's own figures of one moment.
type MemorySample struct {
	AtMS       int64 `json:"at_ms"`
	HeapAlloc  int64 `json:"heap_alloc"`
	Live       int64 `json:"live,omitempty"` // what the last collection marked
	RSS        int64 `json:"rss,omitempty"`
	Objects    int64 `json:"objects,omitempty"`
	Goroutines int64 `json:"goroutines,omitempty"`
	GC         int64 `json:"gc,omitempty"`
}

// MemoryOf makes a report's account of memory from evidence; nil without any.
func MemoryOf(h *evidence.Heap) *Memory {
	if h == nil {
		return nil
	}
	m := &Memory{Types: memoryGroups(h.Types), Sites: memoryGroups(h.Sites), Roots: memoryGroups(h.Roots)}
	if a := h.Account; a != nil {
		m.RSS, m.Swap, m.Available = max(0, a.RSS), max(0, a.Swap), max(0, a.Available)
		for _, p := range a.Part {
			m.Parts = append(m.Parts, MemoryPart{string(p.Name), max(0, p.RSS), max(0, p.Size)})
		}
	}
	for i := range h.Looks {
		l := &h.Looks[i]
		m.Looks = append(m.Looks, MemoryLook{AtMS: l.At.Milliseconds(), Source: string(l.Source), StoppedMS: float64(l.Stopped) / float64(time.Millisecond),
			Objects: max(0, l.Objects), Bytes: max(0, l.Bytes), Garbage: max(0, l.Garbage), Typed: share(l.Typed), Owned: share(l.Owned),
			C: max(0, l.C), CBytes: max(0, l.CBytes)})
	}
	for i := range h.Counters {
		c := &h.Counters[i]
		m.Samples = append(m.Samples, MemorySample{AtMS: max(0, c.At.Milliseconds()), HeapAlloc: max(0, c.HeapAlloc), Live: max(0, c.Live), RSS: max(0, c.RSS),
			Objects: max(0, c.Objects), Goroutines: max(0, c.Goroutines), GC: max(0, c.GC)})
	}
	return m
}

func memoryGroups(groups []evidence.HeapGroup) []MemoryGroup {
	var out []MemoryGroup
	for i := range groups {
		g := &groups[i]
		m := MemoryGroup{Name: g.Name, Yours: g.Origin == evidence.OriginUser, Count: array(g.Count), Bytes: array(g.Bytes), Retained: g.Retained,
			PerSecond: g.Trend.PerSecond, BytesPerSecond: g.Trend.Bytes, Confidence: share(g.Trend.Confidence)}
		if len(g.Site) > 0 {
			p := userPlace(g.Site)
			m.Place = &p
		}
		out = append(out, m)
	}
	return out
}

func share(x float64) float64 {
	if !(x > 0) { // also what is no number
		return 0
	}
	return min(x, 1)
}

// memoryOf is a report's account, or that of the evidence it was made from.
func memoryOf(r *Report, ev *evidence.Evidence) *Memory {
	if r.Memory != nil || ev == nil {
		return r.Memory
	}
	return MemoryOf(ev.Heap)
}

// memoryColours are the parts' colours, in the order of legends: what Go has in
// blue and green, C in orange, what belongs to others in grey. The class is the
// page's, the style the terminal's.
var memoryColours = []struct {
	name  evidence.MemoryKind
	class string
	style style
}{
	{evidence.MemoryLive, "m-live", "34"},
	{evidence.MemoryGarbage, "m-garbage", "36"},
	{evidence.MemoryFree, "m-free", "32"},
	{evidence.MemoryStacks, "m-stacks", "35"},
	{evidence.MemoryRuntime, "m-runtime", "94"},
	{evidence.MemoryCHeap, "m-cheap", "33"},
	{evidence.MemoryCStacks, "m-cstacks", "93"},
	{evidence.MemoryFiles, "m-files", "37"},
	{evidence.MemoryGPU, "m-gpu", "31"},
	{evidence.MemoryShared, "m-shared", "95"},
	{evidence.MemoryAnonymous, "m-other", "2"},
	{evidence.MemoryUnexplained, "m-unexplained", "2"},
}

func memoryColour(name string) (class string, st style) {
	for _, c := range memoryColours {
		if string(c.name) == name {
			return c.class, c.style
		}
	}
	return "m-other", "2"
}

// memoryName is a part in words.
func memoryName(name string, lang text.Lang) string {
	if key := "memory." + name; hasText(key) {
		return text.T(key).In(lang)
	}
	return name
}

// memoryShare is a part's share of all resident memory.
func (m *Memory) memoryShare(bytes int64) float64 {
	whole := m.RSS
	if whole <= 0 {
		for _, p := range m.Parts {
			whole += p.RSS
		}
	}
	return share(float64(bytes) / float64(max(1, whole)))
}

// memoryFacts are the sums in words.
func memoryFacts(m *Memory, lang text.Lang) []string {
	out := []string{text.T("memory.total", text.Bytes(m.RSS)).In(lang)}
	if m.Swap > 0 {
		out = append(out, text.T("memory.swap", text.Bytes(m.Swap)).In(lang))
	}
	if m.Available > 0 {
		out = append(out, text.T("memory.available", text.Bytes(m.Available)).In(lang))
	}
	return out
}

// growing are the groups that grew between the first and the last look, the one
// that takes most bytes first.
func growing(groups []MemoryGroup) []*MemoryGroup {
	grew := func(v []int64) int64 {
		if len(v) < 2 {
			return 0
		}
		return v[len(v)-1] - v[0]
	}
	var out []*MemoryGroup
	for i := range groups {
		if g := &groups[i]; grew(g.Bytes) > 0 || grew(g.Count) > 0 {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b *MemoryGroup) int {
		return cmp.Or(cmp.Compare(grew(b.Bytes), grew(a.Bytes)), cmp.Compare(grew(b.Count), grew(a.Count)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// growthTables are the ways in which the live objects are divided.
func growthTables(m *Memory) []struct {
	key    string
	groups []MemoryGroup
} {
	return []struct {
		key    string
		groups []MemoryGroup
	}{{"growth.types", m.Types}, {"growth.sites", m.Sites}, {"growth.roots", m.Roots}}
}

func groupName(g *MemoryGroup) string {
	if g.Place != nil {
		return shortFunction(g.Place.Function)
	}
	return shortType(g.Name)
}

// heapHealthyKey chooses the verdict on a heap without a leak: what was looked at
// once cannot be said not to grow.
func heapHealthyKey(r *Report, h *evidence.Heap) string {
	switch {
	case len(h.Looks) == 0:
		return "leak.healthy.none"
	case len(h.Looks) == 1:
		return "leak.healthy.once"
	case len(r.Limits) > 0:
		return "report.healthy.blind"
	}
	return "leak.healthy"
}

// heapLines say in sentences what the looks at the heap saw.
func heapLines(ev *evidence.Evidence, lang text.Lang) []string {
	if ev == nil || ev.Heap == nil {
		return nil
	}
	return lookLines(MemoryOf(ev.Heap), lang)
}

// lookLines are the looks, one a line.
func lookLines(m *Memory, lang text.Lang) []string {
	var out []string
	for i, l := range m.Looks {
		out = append(out, text.T("memory.typed", i+1, l.Objects, text.Bytes(l.Bytes), text.Percent(max(l.Typed, l.Owned))).In(lang))
	}
	return out
}
