package layout

import (
	"testing"
)

func TestField(t *testing.T) {
	l := &Layout{Structs: map[string]Struct{
		"outer": {Size: 64, Fields: map[string]Field{
			"a":      {0, 8, "uint64", false},
			"in":     {8, 16, "inner", false},
			"base":   {24, 16, "inner", true},
			"table":  {40, 24, "[3]entry", false},
			"self":   {0, 64, "outer", true}, // not in Go, but DWARF may claim it
			"matrix": {0, 24, "[2][3]uint32", false},
			"huge":   {0, 0, "[0]entry", false},
		}},
		"inner": {Size: 16, Fields: map[string]Field{"x": {0, 8, "uintptr", false}, "y": {8, 8, "*outer", false}}},
		"entry": {Size: 8, Fields: map[string]Field{"lo": {0, 4, "uint32", false}, "hi": {4, 4, "uint32", false}}},
	}}
	for _, test := range []struct {
		path string
		want Field // no Type: not found
	}{
		{"a", Field{0, 8, "uint64", false}},
		{"in.y", Field{16, 8, "*outer", false}},
		{"y", Field{32, 8, "*outer", false}}, // promoted
		{"base.y", Field{32, 8, "*outer", false}},
		{"table", Field{40, 24, "[3]entry", false}},
		{"table[2].hi", Field{60, 4, "uint32", false}},
		{"matrix[1][2]", Field{20, 4, "uint32", false}},
		{path: "in.y.a"}, // through a pointer
		{path: "table[3]"},
		{path: "table[-1]"},
		{path: "table[1"},
		{path: "table[]"},
		{path: "table.hi"},
		{path: "huge[0]"},
		{path: "nothing"},
		{path: ""},
		{path: "..."},
	} {
		got, ok := l.Field("outer", test.path)
		if got != test.want || ok != (test.want.Type != "") {
			t.Errorf("Field(outer, %q) = %+v, %v; want %+v", test.path, got, ok, test.want)
		}
	}
	if _, ok := l.Field("unknown", "a"); ok {
		t.Error("a field of an unknown struct is found")
	}
}

func TestWaitReason(t *testing.T) {
	l := &Layout{WaitReasons: []string{"", "sleep"}}
	for number, want := range map[uint8]string{0: "", 1: "sleep", 2: "", 255: ""} {
		if got := l.WaitReason(number); got != want {
			t.Errorf("WaitReason(%d) = %q, want %q", number, got, want)
		}
	}
}
