package report

import (
	"fmt"
	"sort"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// grouped parts goroutines by state and stack, the largest group first and the
// runtime's own goroutines last.
func grouped(gs []evidence.Goroutine) [][]*evidence.Goroutine {
	members := map[string][]*evidence.Goroutine{}
	var keys []string
	for i := range gs {
		g := &gs[i]
		var key strings.Builder
		fmt.Fprintf(&key, "%v %s %s", g.System, g.Status, g.WaitReason)
		for _, f := range g.Frames {
			fmt.Fprintf(&key, "\n%s:%d", f.Function, f.Line)
		}
		if members[key.String()] == nil {
			keys = append(keys, key.String())
		}
		members[key.String()] = append(members[key.String()], g)
	}
	sort.SliceStable(keys, func(i, j int) bool {
		a, b := members[keys[i]], members[keys[j]]
		if a[0].System != b[0].System {
			return b[0].System
		}
		if len(a) != len(b) {
			return len(a) > len(b)
		}
		return a[0].ID < b[0].ID
	})
	out := make([][]*evidence.Goroutine, len(keys))
	for i, k := range keys {
		out[i] = members[k]
	}
	return out
}

// groups lists what the goroutines of a program without a UI do, the commonest
// first: there is no UI goroutine that the verdict could start from.
func (t *terminal) groups() {
	const most = 12
	if t.freeze == nil || len(t.freeze.Goroutines) == 0 || !t.o.Verbose && len(t.freeze.UI) > 0 {
		return
	}
	t.page.blank()
	t.page.line(span{}, span{}, span{styleBold, t.say("report.groups")})
	left := 0
	for i, all := range grouped(t.freeze.Goroutines) {
		if all[0].System {
			continue
		}
		if i >= most {
			left += len(all)
			continue
		}
		at := userPlace(all[0].Frames)
		t.page.line(plain("  "), plain("      "), plain(fmt.Sprintf("%5d × ", len(all))),
			plain(clean(shortFunction(at.Function))+"  "), span{styleCyan, fileLine(&at)},
			span{styleDim, "  " + clean(stateOf(all[0]))})
	}
	if left > 0 {
		t.page.line(plain("  "), plain("  "), span{styleDim, text.Plural("report.groups.more", left).In(t.o.Lang)})
	}
}
