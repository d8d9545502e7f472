package heap

import (
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// What lies where in a type, as the program's own type data says it.
func TestFields(t *testing.T) {
	tg := start(t, build(t, "shapes", "", "-ldflags=-s -w"))
	typ := func(name string) *gort.Type {
		x := tg.TypeByName(name)
		if x == nil {
			t.Fatalf("no type %s", name)
		}
		return x
	}
	for _, tt := range []struct {
		typ        string
		offset     uint64
		path       string
		at         string // type of the field
		kind       Kind   // of what a pointer there leads to
		pointsTo   string
		ofWhatSize uint64
	}{
		{"main.Node", 0, ".Next", "*main.Node", Value, "main.Node", 32},
		{"main.Node", 8, ".Name", "string", Text, "", 0},
		{"main.Node", 16, ".Name", "string", Unknown, "", 0},
		{"main.Node", 24, ".N", "int", Unknown, "", 0},
		{"main.Wide", 608, ".Tail", "*main.Node", Value, "main.Node", 32},
		{"main.Wide", 100, ".Pad[92]", "uint8", Unknown, "", 0},
		{"main.Pair[string,*main.Node]", 16, ".Value", "*main.Node", Value, "main.Node", 32},
		{"main.Mixed", 0, ".Pairs[0].S", "[]string", Array, "string", 16},
		{"main.Mixed", 40, ".Pairs[1].S", "[]string", Array, "string", 16},
		{"main.Mixed", 40 + 24 + 8, ".Pairs[1].E", "interface {}", Unknown, "", 0},
		{"main.Mixed", 120, ".Deep.Deeper.Last", "**main.Node", Value, "*main.Node", 8},
		{"[100]*main.Node", 8 * 99, "[99]", "*main.Node", Value, "main.Node", 32},
		{"*main.Node", 0, "", "*main.Node", Value, "main.Node", 32},
		{"main.Alone", 0, ".N", "*main.Node", Value, "main.Node", 32},
		{"main.Node", 1 << 40, "", "", Unknown, "", 0},
		{"main.Mixed", ^uint64(0), "", "", Unknown, "", 0},
	} {
		x := typ(tt.typ)
		if got := FieldPath(x, tt.offset); got != tt.path {
			t.Errorf("%s+%d is %q, not %q", tt.typ, tt.offset, got, tt.path)
		}
		if got := FieldAt(x, tt.offset); tt.at != "" && (got == nil || got.FullName() != tt.at) {
			t.Errorf("%s+%d has type %v, not %s", tt.typ, tt.offset, got, tt.at)
		}
		d := Pointee(x, tt.offset)
		name, size := "", uint64(0)
		if d.Type != nil {
			name, size = d.Type.FullName(), d.Type.Size
		}
		if d.Kind != tt.kind || name != tt.pointsTo || size != tt.ofWhatSize {
			t.Errorf("a pointer at %s+%d leads to %d %s of %d bytes, not %d %s of %d", tt.typ, tt.offset, d.Kind, name, size, tt.kind, tt.pointsTo, tt.ofWhatSize)
		}
	}
	if FieldPath(nil, 3) != "" || FieldAt(nil, 3) != nil || Pointee(nil, 3).Kind != Unknown {
		t.Error("no type has a field")
	}
	for name, want := range map[string]bool{"*main.Node": true, "main.Alone": true, "main.Node": false, "[100]*main.Node": false,
		"map[string]*main.Node": true, "chan *main.Node": true, "string": false, "main.Boxed": false, "int": false} {
		if got := Direct(typ(name)); got != want {
			t.Errorf("%s lies in an interface's word: %v", name, got)
		}
	}
}

// Each word of a group of a map's entries belongs to one slot, or to the control
// bytes.
func TestSlotAt(t *testing.T) {
	tg := start(t, build(t, "shapes", "", "-ldflags=-s -w"))
	for _, tt := range []struct {
		typ       string
		key, elem uint64 // bytes in the group
		indirect  [2]bool
	}{
		{"map[string]*main.Node", 16, 8, [2]bool{}},
		{"map[int]int", 8, 8, [2]bool{}},
		{"map[*main.Node]struct {}", 8, 0, [2]bool{}},
		{"map[[200]uint8][200]uint8", 8, 8, [2]bool{true, true}},
		{"map[[30]string]*[30]string", 8, 8, [2]bool{true, false}},
		{"map[string]main.Pair[string,*main.Node]", 16, 32, [2]bool{}},
	} {
		x := tg.TypeByName(tt.typ)
		if x == nil {
			t.Errorf("no type %s", tt.typ)
			continue
		}
		g, ok := x.MapShape()
		if !ok {
			t.Errorf("no shape of %s", tt.typ)
			continue
		}
		var keys, elems uint64
		slots := map[uint64]bool{}
		for off := range g.GroupSize {
			slot, key, typ, in, indirect := SlotAt(&g, off)
			switch {
			case typ == nil:
				continue // control bytes, or what stands for an element without a size
			case off < 8:
				t.Errorf("%s: a control byte of type %s", tt.typ, typ.FullName())
			case key:
				keys++
			default:
				elems++
			}
			slots[slot] = true
			if want := tt.indirect[map[bool]int{true: 0, false: 1}[key]]; indirect != want || in >= 8 && indirect {
				t.Errorf("%s: at %d the key %v is outside: %v, at %d", tt.typ, off, key, indirect, in)
			}
		}
		if keys != 8*tt.key || elems != 8*tt.elem || len(slots) != 8 {
			t.Errorf("%s: %d bytes of keys, %d of elements, %d slots", tt.typ, keys, elems, len(slots))
		}
		if _, _, typ, _, _ := SlotAt(&g, 1<<62); typ != nil {
			t.Errorf("%s: a slot far behind the group", tt.typ)
		}
	}
}
