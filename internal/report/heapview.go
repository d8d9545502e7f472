package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// HeapViewSchema names the JSON form of what is asked of one moment's heap.
const HeapViewSchema = "gomedic.heap-view/v1"

// HeapView is an answer to a question about one moment's heap: of its answers, one
// is not nil.
type HeapView struct {
	Schema  string                `json:"schema"`
	Target  evidence.Target       `json:"target"`
	Look    evidence.HeapLook     `json:"look"`
	Probes  []Probe               `json:"probes,omitempty"`
	Top     *evidence.HeapTop     `json:"top,omitempty"`
	Paths   *evidence.HeapPaths   `json:"paths,omitempty"`
	Object  *evidence.HeapObject  `json:"object,omitempty"`
	Widgets *evidence.HeapWidgets `json:"widgets,omitempty"`
	// Report is what a comparison of two moments found.
	Report *Report `json:"report,omitempty"`
	// Traces are the chains of Paths, of Object, or of what is new in a comparison, with
	// a verdict in each link.
	Traces []*Leak `json:"traces,omitempty"`
}

// WriteHeapViewJSON writes an answer as one JSON value. The error is the writer's.
func WriteHeapViewJSON(w io.Writer, v *HeapView) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// WriteHeapView writes an answer for a person. With o.Quiet, what frames it is left
// out. The error is the writer's.
func WriteHeapView(w io.Writer, v *HeapView, o Options) error {
	if o.Lang == "" {
		o.Lang = text.English
	}
	t := &terminal{page: page{w: w, width: o.Width, color: o.Color}, o: o, r: &Report{Target: v.Target, Probes: v.Probes}}
	if !o.Quiet {
		t.head()
		t.row(span{styleDim, strings.Join(heapLookWords(&v.Look, o.Lang), " · ")})
		t.page.blank()
	}
	switch {
	case v.Top != nil:
		t.heapTop(v.Top)
	case v.Paths != nil:
		t.heapPaths(v.Paths, v.Traces)
	case v.Object != nil:
		t.heapObject(v.Object, v.Traces)
	case v.Widgets != nil:
		t.heapWidgets(v.Widgets)
	}
	if !o.Quiet {
		t.costs()
	}
	return t.page.err
}

// WriteNewObjects writes below a comparison of two moments which chains hold what is
// new; more is how many others there are. The error is the writer's.
func WriteNewObjects(w io.Writer, traces []*Leak, more int, o Options) error {
	if o.Lang == "" {
		o.Lang = text.English
	}
	t := &terminal{page: page{w: w, width: o.Width, color: o.Color}, o: o, r: &Report{}}
	if len(traces) == 0 || o.Quiet {
		return nil
	}
	t.page.blank()
	t.row(span{styleBold, t.say("heapview.new")})
	for _, l := range traces {
		t.trace(l)
	}
	if more > 0 {
		t.page.blank()
		t.row(span{styleDim, t.say("heapview.paths.more", more, more+len(traces))})
	}
	return t.page.err
}

// heapLookWords says what there is in all, and how much of it is known.
func heapLookWords(l *evidence.HeapLook, lang text.Lang) []string {
	say := func(key string, args ...any) string { return text.T(key, args...).In(lang) }
	out := []string{say("heapview.live", l.Objects, text.Bytes(l.Bytes)), say("heapview.typed", text.Percent(l.Typed), text.Percent(l.Owned))}
	if l.C > 0 {
		out = append(out, say("heapview.c", l.C, text.Bytes(l.CBytes)))
	}
	if l.Garbage > 0 {
		out = append(out, say("heapview.garbage", text.Bytes(l.Garbage)))
	}
	return out
}

// row writes a line whose further lines are indented.
func (t *terminal) row(spans ...span) { t.page.line(span{}, plain("      "), spans...) }

// figures is the line of a table: three figures and what they are of.
func (t *terminal) figures(retained, own, count string, what ...span) {
	t.page.line(span{}, plain(strings.Repeat(" ", 36)), append([]span{plain(fmt.Sprintf("%s %s %s  ", right(retained, 10), right(own, 10), right(count, 12)))}, what...)...)
}

// right puts s at the right of n columns.
func right(s string, n int) string { return strings.Repeat(" ", max(0, n-width(s))) + s }

func (t *terminal) heapTop(top *evidence.HeapTop) {
	heading := "heapview.by." + string(top.By)
	own := t.say("heapview.own")
	if top.By != evidence.ByType && top.By != evidence.ByPackage {
		own = t.say("heapview.first")
	}
	t.page.line(span{}, span{}, span{styleDim, right(t.say("heapview.retained"), 10) + " " + right(own, 10) + " " + right(t.say("heapview.count"), 12) + "  " + t.say(heading)})
	for i := range top.Rows {
		r := &top.Rows[i]
		t.figures(text.Bytes(r.Retained), text.Bytes(r.Bytes), fmt.Sprint(r.Count), t.rowName(r))
	}
	if top.Rest.Count > 0 {
		t.figures("", text.Bytes(top.Rest.Bytes), fmt.Sprint(top.Rest.Count), span{styleDim, t.say("heapview.rest", top.Groups-len(top.Rows))})
	}
}

func (t *terminal) rowName(r *evidence.HeapRow) span {
	switch {
	case r.Name == "" && r.Size > 0:
		return span{styleDim, t.say("heapview.unknown", text.Bytes(r.Size))}
	case r.Name == "":
		return span{styleDim, t.say("heapview.untyped")}
	case r.Name == "-":
		return span{styleDim, t.say("heapview.nopackage")}
	case r.Origin == evidence.OriginUser:
		return span{styleBold, r.Name}
	}
	return plain(r.Name)
}

func (t *terminal) heapPaths(p *evidence.HeapPaths, traces []*Leak) {
	switch {
	case p.Objects == 0 && p.Garbage > 0:
		t.row(plain(t.say("heapview.paths.garbage", p.Garbage)))
		return
	case len(p.Types) > 0:
		t.row(span{styleBold, strings.Join(p.Types, ", ")}, plain("  "+t.say("heapview.paths.objects", p.Objects, p.Signatures)))
	default:
		t.row(plain(t.say("heapview.paths.address", p.Query, p.Signatures)))
	}
	for _, l := range traces {
		t.trace(l)
		if n := len(l.Chain); n > 0 && l.Chain[n-1].Addr != "" {
			t.page.line(plain(indent), plain(indent), span{styleDim, t.say("heapview.example", l.Chain[n-1].Addr)})
		}
	}
	if n := p.Signatures - len(traces); n > 0 {
		t.page.blank()
		t.row(span{styleDim, t.say("heapview.paths.more", n, p.Signatures)})
	}
}

// heapObject shows one object.
func (t *terminal) heapObject(o *evidence.HeapObject, traces []*Leak) {
	name := o.Object.Type
	if name == "" {
		name = t.say("heapview.untyped")
	}
	t.row(span{styleBold, name}, plain("  "), span{styleCyan, fmt.Sprintf("%#x", o.Object.Addr)})
	facts := t.objectFacts(&o.Object)
	if o.Inside > 0 {
		facts = append(facts, t.say("heapview.inside", o.Inside))
	}
	if o.Garbage {
		facts = append(facts, t.say("heapview.isgarbage"))
	}
	t.row(plain(strings.Join(facts, " · ")))
	if o.Dominator != nil {
		t.row(plain(t.say("heapview.dominator")+" "), span{"", t.objectName(o.Dominator)})
	} else if !o.Garbage {
		t.row(plain(t.say("heapview.nodominator")))
	}
	if len(o.Fields) > 0 {
		t.page.blank()
		t.row(span{styleDim, t.say("heapview.fields")})
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		name := strings.TrimPrefix(f.Name, ".")
		if name == "" {
			name = "*"
		}
		spans := []span{{styleBold, name}, {styleDim, " " + shortType(f.Type)}, plain(" = " + f.Value)}
		if f.Target != nil {
			spans = append(spans, span{styleDim, "  → " + t.objectName(f.Target)})
		}
		t.page.line(plain("  "), plain("      "), spans...)
	}
	if o.More > 0 {
		t.page.line(plain("  "), plain("      "), span{styleDim, t.say("heapview.more", o.More)})
	}
	if o.Referred > 0 {
		t.page.blank()
		t.row(span{styleDim, t.say("heapview.referrers", o.Referred)})
		for i := range o.Referrers {
			r := &o.Referrers[i]
			t.page.line(plain("  "), plain("      "), plain(t.objectName(r)), span{styleCyan, "  " + r.Ref})
		}
	}
	for _, l := range traces {
		t.trace(l)
	}
}

func (t *terminal) objectFacts(l *evidence.HeapLink) []string {
	facts := []string{t.say("leak.size", text.Bytes(l.Size)), t.say("leak.retains", text.Bytes(l.Retained))}
	if l.Len > 0 {
		facts = append(facts, t.say("leak.len", l.Len))
	}
	if l.Name != "" {
		facts = append(facts, l.Name)
	}
	return facts
}

// objectName is an object, or a root, in one line.
func (t *terminal) objectName(l *evidence.HeapLink) string {
	name := shortType(l.Type)
	if l.Name != "" {
		name = shortFunction(l.Name)
	}
	if key := "leak.kind." + string(l.Kind); l.Size == 0 && hasText(key) {
		name = strings.TrimSpace(t.say(key, l.Goroutine) + " " + name)
	}
	if name == "" {
		name = t.say("heapview.untyped")
	}
	if l.Addr != 0 {
		name += fmt.Sprintf(" %#x", l.Addr)
	}
	if l.Size > 0 {
		name += " · " + text.Bytes(l.Size)
	}
	if l.Retained > l.Size {
		name += " · " + t.say("leak.retains", text.Bytes(l.Retained))
	}
	return name
}
