package diagnose

import (
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// TestLeakChain reads chains as one letter a link: what is known of it by itself,
// and what it must become. G a global, S a stack, B the stack of a goroutine that
// is blocked for good, O an open window, C a closed one, D a detached widget,
// . an object of which nothing is known, T a timer, F a finalizer. The answer has
// n, y and ? and a ~ behind each suspect reference.
func TestLeakChain(t *testing.T) {
	known := map[byte]evidence.HeapLink{
		'G': {Kind: evidence.LinkGlobal, Name: "main.g"},
		'S': {Kind: evidence.LinkStack, Name: "main.f", Goroutine: 1},
		'B': {Kind: evidence.LinkStack, Name: "main.f", Goroutine: 9, Label: evidence.LabelBlocked},
		'O': {Kind: evidence.LinkObject, Label: evidence.LabelOpenWindow},
		'C': {Kind: evidence.LinkObject, Label: evidence.LabelClosedWindow},
		'D': {Kind: evidence.LinkObject, Label: evidence.LabelDetached},
		'.': {Kind: evidence.LinkObject},
		'M': {Kind: evidence.LinkMap, Len: 7},
		'T': {Kind: evidence.LinkTimer},
		'F': {Kind: evidence.LinkFinalizer},
	}
	for _, tt := range []struct {
		chain   string
		kind    evidence.SuspectKind
		suspect int
		want    string
	}{
		{"G..C", evidence.SuspectWindows, -1, "n~?~?~y"},
		{"G..C", evidence.SuspectWindows, 1, "n?~?y"},
		{"G..C..", evidence.SuspectWindows, -1, "n~?~?~yyy"},
		{"G.O..C", evidence.SuspectWindows, -1, "nnn~?~?~y"},
		{"G.O..C", evidence.SuspectWindows, 0, "nnn~?~?~y"}, // what leads to an open window is not at fault
		{"G.C.O.", evidence.SuspectImages, -1, "nnnnn~y"},   // what belongs there outweighs what does not
		{"B..", evidence.SuspectContainer, -1, "yyy"},
		{"S.D.", evidence.SuspectWidgets, -1, "n~?~yy"},
		{"T.", evidence.SuspectTimers, -1, "yy"},
		{"F..", evidence.SuspectFinalizers, -1, "??~y"},
		{"GM", evidence.SuspectContainer, -1, "n~?"},
		{"GM.", evidence.SuspectContainer, -1, "n~?~y"},
		{"G", evidence.SuspectContainer, -1, "n"},
		{"", evidence.SuspectContainer, -1, ""},
	} {
		s := evidence.HeapSuspect{Kind: tt.kind, Suspect: tt.suspect, Count: []int64{1, 9}, Trend: evidence.Trend{PerSecond: 1, Confidence: 0.9}}
		for i := range len(tt.chain) {
			s.Chain = append(s.Chain, known[tt.chain[i]])
		}
		links, suspects := LeakChain(&s)
		var got strings.Builder
		for i, l := range links {
			got.WriteByte(map[string]byte{"yes": 'y', "no": 'n', "": '?'}[l.Leaks])
			if suspects[i] {
				got.WriteByte('~')
			}
			if l.Leaks != evidence.LeaksUnknown && l.Why == "" {
				t.Errorf("%s: link %d says %s and not why", tt.chain, i, l.Leaks)
			}
			if _, ok := text.Find(l.Why); l.Why != "" && !ok {
				t.Errorf("no sentence %s", l.Why)
			}
		}
		if got.String() != tt.want {
			t.Errorf("%s %s suspect %d: %s, want %s", tt.chain, tt.kind, tt.suspect, &got, tt.want)
		}
		for i := range s.Chain {
			if s.Chain[i].Leaks != "" {
				t.Errorf("%s: the evidence was changed", tt.chain)
			}
		}
	}
}
