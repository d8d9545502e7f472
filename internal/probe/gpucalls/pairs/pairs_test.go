package pairs

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	got, err := Table(strings.NewReader(`
# ours
door_open, door_open_at(&2) -> door_close, door_slam(*1)   # and theirs
names(2[]) -> unnames( 3[] )
`))
	want := []Pair{
		{[]Function{{"door_open", Value, 0}, {"door_open_at", Stored, 1}}, []Function{{"door_close", Value, 0}, {"door_slam", Stored, 0}}},
		{[]Function{{"names", List, 1}}, []Function{{"unnames", List, 2}}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for line, want := range map[string]error{
		"open close":                        ErrArrow,
		"open -> ":                          ErrFunction,
		" -> close":                         ErrFunction,
		"open, -> close":                    ErrFunction,
		"o pen -> close":                    ErrFunction,
		"open(&0) -> close":                 ErrArgument,
		"open(&7) -> close":                 ErrArgument,
		"open -> close(7)":                  ErrArgument,
		"open(1[]) -> c(2[])":               ErrArgument,
		"open(2) -> close":                  ErrMaker,
		"open(*2) -> close":                 ErrMaker,
		"open -> close(&1)":                 ErrDestroys,
		"open(2[]) -> close":                ErrMixed,
		"open -> close(2[])":                ErrMixed,
		"open(&2[]) -> c(2[])":              ErrArgument,
		"open -> close -> end":              ErrFunction,
		"o -> " + strings.Repeat("x", most): nil,
	} {
		_, err := Table(strings.NewReader("# first\n" + line))
		var at *LineError
		if !errors.As(err, &at) || at.Line != 2 || want != nil && !errors.Is(err, want) {
			t.Errorf("%.40s: %v", line, err)
		}
	}
}

// Every line of the table that gomedic brings can be read, and no function makes two
// kinds of handles.
func TestBuiltin(t *testing.T) {
	makes := map[string]bool{}
	all := Builtin()
	for i := range all {
		for _, f := range all[i].Makers {
			if makes[f.Name] {
				t.Errorf("%s makes two kinds", f.Name)
			}
			makes[f.Name] = true
		}
	}
	for _, name := range []string{"fopen", "XCreatePixmap", "FT_New_Face"} {
		if !makes[name] {
			t.Errorf("%s is not there", name)
		}
	}
}

func TestJoin(t *testing.T) {
	table := func(s string) []Pair {
		p, err := Table(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	got := Join(table("a, b -> c\nd -> e\nd -> f"), table("b -> x\nd -> y"))
	if want := table("b -> x\nd -> y\na -> c"); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Who opens files in a way of its own closes them as all others do.
func TestKinds(t *testing.T) {
	table, err := Table(strings.NewReader("a -> x\nb -> y\nc, b2 -> y, z\nd -> e\nf -> x, z\nd2 -> e2"))
	if err != nil {
		t.Fatal(err)
	}
	got := Kinds(table)
	if one := got[4]; got[0] != one || got[1] != one || got[2] != one || got[3] == one || got[5] == one || got[3] == got[5] {
		t.Errorf("%q", got)
	}
}

func FuzzTable(f *testing.F) {
	f.Add("a, b(&2) -> c(*1)")
	f.Add("a(2[]) -> c(2[]) # x")
	f.Fuzz(func(t *testing.T, s string) {
		all, err := Table(strings.NewReader(s))
		if err == nil {
			Kinds(Join(Builtin(), all))
		}
		for i := range all {
			if all[i].Kind() == "" || len(all[i].Destroyers) == 0 {
				t.Errorf("%q: %v", s, all[i])
			}
		}
	})
}
