package toolkit

import (
	"slices"
	"strings"
)

// HeapName is something of the toolkit's sources that a heap table names: one of a
// type, a field of it, a variable, or functions.
type HeapName struct {
	Span
	OS      []string
	Type    TypeName
	Field   string   // path in Type, empty: the type alone
	Methods []string // of the interface Type
	Global  Pattern
	Func    Pattern
	// Beyond: versions outside of the span may have it, too.
	Beyond bool
}

// Names returns all that the table names of the toolkit's sources, for the tests that
// compare the two.
func (h *HeapTable) Names() []HeapName {
	var all []HeapName
	field := func(row Span, f HeapField, holder TypeName) {
		if f.Holder != "" {
			holder = f.Holder
		}
		all = append(all, HeapName{Span: both(row, f.Span), Type: holder, Field: f.Field})
	}
	place := func(row Span, p *HeapPlace) {
		if p.Holder != "" {
			all = append(all, HeapName{Span: row, Type: p.Holder, Field: p.Field})
		}
		for i, t := range []TypeName{p.Elem, p.Key} {
			if name := TypeName(strings.TrimLeft(string(t), "*…[]")); strings.Contains(string(name), "/") {
				all = append(all, HeapName{Span: row, Type: name, Beyond: i > 0})
			}
		}
		if p.Global != "" {
			all = append(all, HeapName{Span: row, Global: p.Global, Beyond: true})
		}
		if p.Func != "" {
			all = append(all, HeapName{Span: row, Func: p.Func})
		}
	}
	states := func(row Span, t TypeName, lists ...[]HeapState) {
		for _, s := range slices.Concat(lists...) {
			all = append(all, HeapName{Span: both(row, s.Span), Type: t, Field: s.Field})
		}
	}
	for _, w := range h.Widgets {
		if w.Interface != "" {
			all = append(all, HeapName{Span: w.Span, Type: TypeName(w.Interface), Methods: w.Methods})
		}
		for _, t := range slices.Concat(w.Types, w.Parts) {
			all = append(all, HeapName{Span: w.Span, Type: t})
		}
	}
	for _, w := range h.Windows {
		states(w.Span, w.Type, w.Closed, w.Hidden)
		for _, f := range slices.Concat(w.Lists, w.Content, w.Drawn) {
			field(w.Span, f, w.Type)
		}
	}
	for _, f := range slices.Concat(h.Shown.Only, h.Shown.Nodes, h.Shown.Stops, []HeapField{h.Shown.Drawn, h.Shown.Tags}) {
		if f.Holder != "" {
			field(Span{}, f, "")
		}
	}
	for i := range h.Caches {
		place(h.Caches[i].Span, &h.Caches[i].HeapPlace)
	}
	for i := range h.Listeners {
		place(h.Listeners[i].Span, &h.Listeners[i].HeapPlace)
	}
	for _, m := range h.Images {
		states(m.Span, m.Type, m.Disposed, m.Empty, m.Shares)
		for _, path := range []string{m.Width, m.Height, strings.TrimSuffix(m.Rect, ".Rect")} {
			if path != "" {
				all = append(all, HeapName{Span: m.Span, Type: m.Type, Field: path})
			}
		}
	}
	for _, w := range h.Waiting {
		all = append(all, HeapName{Span: Span{Since: w.Since, Until: w.Until}, OS: w.OS, Func: w.Match})
	}
	return all
}

// both is the span of a part of a row: its own where it has one.
func both(row, own Span) Span {
	if own == (Span{}) {
		return row
	}
	return own
}
