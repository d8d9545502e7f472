package report

import (
	"fmt"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// heapWidgets draws the windows' trees:
//
//	window "Orders" glfw.window  0xc000100000 · retains 2.1 MiB
//	├─ container.Border  …
//	│  ╰─ widget.Label "Total"
//	╰─ widget.List
func (t *terminal) heapWidgets(w *evidence.HeapWidgets) {
	t.row(plain(t.say("heapview.widgets", strings.TrimSpace(w.Toolkit+" "+w.Version), len(w.Windows), w.Shown)))
	for _, x := range w.Windows {
		t.page.blank()
		t.widget(x, "", "", t.say("heapview.window")+" ")
	}
	t.widgetList("heapview.elsewhere", w.Elsewhere)
	t.widgetList("heapview.closed", w.Closed)
	if len(w.Detached) == 0 {
		return
	}
	t.page.blank()
	t.row(span{styleBold, t.say("heapview.detached")})
	t.page.line(span{}, span{}, span{styleDim, right(t.say("heapview.retained"), 10) + " " + right(t.say("heapview.own"), 10) + " " + right(t.say("heapview.count"), 12) + "  " + t.say("heapview.by.type")})
	for i := range w.Detached {
		r := &w.Detached[i]
		t.figures(text.Bytes(r.Retained), text.Bytes(r.Bytes), fmt.Sprint(r.Count), t.rowName(r))
	}
}

func (t *terminal) widgetList(heading string, all []*evidence.HeapWidget) {
	if len(all) == 0 {
		return
	}
	t.page.blank()
	t.row(span{styleBold, t.say(heading)})
	for _, x := range all {
		t.widget(x, "", "", "")
	}
}

// maxWidgetIndent bounds how far a tree is indented.
const maxWidgetIndent = 120

func (t *terminal) widget(w *evidence.HeapWidget, first, rest, kind string) {
	st := style("")
	if w.Origin == evidence.OriginUser {
		st = styleBold
	}
	spans := []span{{styleDim, kind}, {st, shortType(w.Type)}}
	if w.Text != "" {
		spans = append(spans, plain(" "+w.Text))
	}
	if w.Hidden {
		spans = append(spans, span{styleDim, " · " + t.say("heapview.hidden")})
	}
	spans = append(spans, span{styleDim, " · " + t.say("leak.retains", text.Bytes(w.Retained)) + fmt.Sprintf(" · %#x", w.Addr)})
	t.page.line(span{styleDim, first}, span{styleDim, rest + "  "}, spans...)
	for i, c := range w.Children {
		branch, line := "├─ ", "│  "
		if i == len(w.Children)-1 && w.More == 0 {
			branch, line = "╰─ ", "   "
		}
		if width(rest) > maxWidgetIndent {
			branch, line = "", ""
		}
		t.widget(c, rest+branch, rest+line, "")
	}
	if w.More > 0 {
		t.page.line(span{styleDim, rest + "╰─ "}, span{}, span{styleDim, t.say("heapview.more", w.More)})
	}
}
