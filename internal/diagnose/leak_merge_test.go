package diagnose

import (
	"fmt"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

func TestLeaksAreToldOnce(t *testing.T) {
	link := func(kind evidence.LinkKind, name, typ, ref string) evidence.HeapLink {
		return evidence.HeapLink{Kind: kind, Name: name, Type: typ, Ref: ref, Origin: evidence.OriginUser}
	}
	global := func(ref string) evidence.HeapLink { return link(evidence.LinkGlobal, "main.app", "*main.App", ref) }
	set := func(ref string) evidence.HeapLink { return link(evidence.LinkMap, "", "map[int]*main.W", ref) }
	object := func(typ, ref string) evidence.HeapLink { return link(evidence.LinkObject, "", typ, ref) }
	of := func(kind evidence.SuspectKind, to, each int64, chain ...evidence.HeapLink) evidence.HeapSuspect {
		return suspect(kind, to/2, to, each, func(s *evidence.HeapSuspect) {
			s.Chain, s.Signature, s.Type = chain, fmt.Sprint(chain), chain[len(chain)-1].Type
			s.Blocked = &evidence.HeapBlocked{Proof: true, WaitReason: "select"}
		})
	}
	windows := of(evidence.SuspectWindows, 100, 10_000, global(".open"), set("[1]"), object("*fyne.window", ""))
	for _, tt := range []struct {
		name     string
		suspects []evidence.HeapSuspect
		want     []string
	}{
		{"a map of closed windows", []evidence.HeapSuspect{windows, of(evidence.SuspectContainer, 100, 10_200, global(".open"), set(""))}, []string{"leak/window-closed"}},
		{"the map by its elements", []evidence.HeapSuspect{windows, of(evidence.SuspectContainer, 100, 10_200, global(".open"), set("[9]"), object("*main.W", ""))}, []string{"leak/window-closed"}},
		{"a map that holds much besides", []evidence.HeapSuspect{windows, of(evidence.SuspectContainer, 9000, 10_000, global(".open"), set(""))}, []string{"leak/map", "leak/window-closed"}},
		{"another map", []evidence.HeapSuspect{windows, of(evidence.SuspectContainer, 100, 10_000, global(".orders"), set(""))}, []string{"leak/window-closed", "leak/map"}},
		{"what a closed window holds", []evidence.HeapSuspect{windows,
			of(evidence.SuspectWidgets, 4000, 100, global(".open"), set("[2]"), object("*fyne.window", ".content"), object("*fyne.Label", "")),
			of(evidence.SuspectImages, 300, 5000, global(".open"), set("[3]"), object("*fyne.window", ".icon"), object("*image.RGBA", ""))}, []string{"leak/window-closed"}},
		{"several types by one reference", []evidence.HeapSuspect{
			of(evidence.SuspectWidgets, 400, 100, global(".rows"), object("*fyne.Label", "")),
			of(evidence.SuspectWidgets, 400, 200, global(".rows"), object("*fyne.Icon", ""))}, []string{"leak/widget-detached"}},
		{"the same by two references", []evidence.HeapSuspect{
			of(evidence.SuspectWidgets, 400, 100, global(".rows"), object("*fyne.Label", "")),
			of(evidence.SuspectWidgets, 400, 100, global(".cells"), object("*fyne.Label", ""))}, []string{"leak/widget-detached", "leak/widget-detached"}},
		{"a map within a map", []evidence.HeapSuspect{
			of(evidence.SuspectContainer, 400, 900, global(".by"), set("")),
			of(evidence.SuspectContainer, 300, 900, global(".by"), set("[1]"), link(evidence.LinkSlice, "", "[]int", ""))}, []string{"leak/map"}},
	} {
		for range 2 { // in either order
			found := Findings(heapOf(tt.suspects...))
			if got := idsOf(found); fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
			tt.suspects[0], tt.suspects[len(tt.suspects)-1] = tt.suspects[len(tt.suspects)-1], tt.suspects[0]
		}
	}
}

func TestNormalRef(t *testing.T) {
	for ref, want := range map[string]string{"": "", ".a": ".a", "[17]": "[]", `["a]b"]`: "[]", ".items[3].next": ".items[].next", "[": "[]", "][": "][]"} {
		if got := normalRef(ref); got != want {
			t.Errorf("%s: %s, want %s", ref, got, want)
		}
	}
}
