package report

import (
	"fmt"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// htmlStack is a goroutine's stack, innermost call first.
type htmlStack struct {
	Title   string
	Role    string
	Frames  []htmlFrame
	More    int // frames left out
	Cut     string
	Created string
}

type htmlFrame struct {
	Function, Full, At, Path string
	Class                    string // the frame's origin: user, dependency, toolkit, std, runtime, c
	Inlined                  bool
	Skipped                  int // frames left out before this one
}

// htmlGroup is every goroutine that stands in the same place in the same state.
type htmlGroup struct {
	Count  string
	State  string
	Place  string
	IDs    string
	System bool
	Stack  htmlStack
}

const (
	maxHTMLFrames = 200
	maxGroups     = 300
	maxGroupIDs   = 30
)

func (h *htmlPage) stack(g *evidence.Goroutine) htmlStack {
	s := h.frames(g.Frames, maxHTMLFrames)
	s.Title = clean(stackTitle(g, h.lang))
	s.Role = roleOf(g.ID, h.freeze, h.lang)
	if g.Cut != "" {
		s.Cut = clean(h.say("report.stack.cut", g.Cut))
	}
	if g.Created != nil {
		at := Place{File: baseName(g.Created.File), Line: g.Created.Line}
		s.Created = clean(h.say("report.stack.created", shortFunction(g.Created.Function)+" "+fileLine(&at)))
	}
	return s
}

func (h *htmlPage) frames(frames []evidence.Frame, limit int) htmlStack {
	var s htmlStack
	for i := range frames {
		if i == limit {
			s.More = len(frames) - limit
			break
		}
		f := &frames[i]
		class := "std"
		switch f.Origin {
		case evidence.OriginUser, evidence.OriginDependency, evidence.OriginToolkit, evidence.OriginRuntime, evidence.OriginC:
			class = string(f.Origin)
		}
		s.Frames = append(s.Frames, htmlFrame{
			Function: clean(shortFunction(f.Function)), Full: clean(f.Function),
			At: clean(fileLine(&Place{File: baseName(f.File), Line: f.Line})), Path: clean(fileLine(&Place{File: f.File, Line: f.Line})),
			Class: class, Inlined: f.Inlined,
		})
	}
	return s
}

func baseName(file string) string { return file[strings.LastIndexAny(file, `/\`)+1:] }

// groups parts all goroutines by state and stack, the largest group first and
// the runtime's own goroutines last, and says how many groups it left out.
func (h *htmlPage) groups() (groups []htmlGroup, omitted int) {
	parts := grouped(h.freeze.Goroutines)
	for i, all := range parts {
		if i == maxGroups {
			return groups, len(parts) - maxGroups
		}
		g := all[0]
		at := userPlace(g.Frames)
		group := htmlGroup{
			Count: text.Plural("html.group", len(all)).In(h.lang), State: clean(stateOf(g)), System: g.System,
			Place: clean(strings.TrimSpace(shortFunction(at.Function) + " " + fileLine(&at))),
			Stack: h.stack(g),
		}
		group.Stack.Title = ""
		var ids []string
		for j, m := range all {
			if j == maxGroupIDs {
				ids = append(ids, "…")
				break
			}
			ids = append(ids, fmt.Sprint(m.ID))
		}
		group.IDs = strings.Join(ids, ", ")
		groups = append(groups, group)
	}
	return groups, 0
}
