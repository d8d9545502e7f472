package reload

import (
	"errors"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type saved struct {
	Int     int64
	float   float64
	Text    string
	Broken  string
	Quote   string
	Bytes   []byte
	When    time.Time
	Addr    netip.Addr
	Map     map[netip.Addr][]*saved
	Self    *saved
	Any     any
	List    [3]uint8
	Complex complex64
	F       func()
	C       chan int
}

func save(t testing.TB, s *store) (path string, left []Aside) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state")
	left, err := s.save(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, left
}

func TestStateSurvivesARestart(t *testing.T) {
	v := &saved{Int: math.MinInt64, float: math.Inf(-1), Text: "文\x00", Broken: "\xff\"", Quote: `"q`, Bytes: []byte{0, 255},
		When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Addr: netip.MustParseAddr("::1"), Any: map[string]any{"a": []any{int8(1), nil}},
		List: [3]uint8{1, 2, 3}, Complex: complex(1, -2), F: func() {}, C: make(chan int)}
	v.Self = v
	v.Map = map[netip.Addr][]*saved{v.Addr: {v, nil}}
	g := newGenerations(t)
	NewState(g.next(), "s", v)
	path, left := save(t, g.store)
	if len(left) != 2 || left[0].Path != "F" || left[1].Path != "C" {
		t.Errorf("left: %v", left)
	}

	again := newGenerations(t)
	if err := again.store.restore(path); err != nil {
		t.Fatal(err)
	}
	got := NewState[*saved](again.next(), "s", nil).Get()
	if got == nil {
		t.Fatalf("aside: %v", again.store.asides())
	}
	if got.Self != got || got.Map[v.Addr][0] != got || got.Map[v.Addr][1] != nil {
		t.Error("what was shared is not")
	}
	got.Self, got.Map, v.Self, v.Map, v.F, v.C = nil, nil, nil, nil, nil, nil
	if !reflect.DeepEqual(got, v) {
		t.Errorf("%+v\nwant %+v", got, v)
	}
	if aside := again.store.asides(); len(aside) > 0 {
		t.Errorf("aside: %v", aside)
	}
}

// Nothing is lost over two restarts: neither what nobody asks for meanwhile, nor what
// is kept aside.
func TestWhatIsNotAskedForIsSavedAgain(t *testing.T) {
	type wide struct {
		N    int
		Note *string
	}
	type narrow struct{ N int }
	note := "note"
	g := newGenerations(t)
	NewState(g.next(), "wide", wide{1, &note})
	NewState(newScope("other", g.layer, nil), "unasked", []int{1, 2})
	path, _ := save(t, g.store)

	g = newGenerations(t)
	if err := g.store.restore(path); err != nil {
		t.Fatal(err)
	}
	if s := NewState(g.next(), "wide", narrow{}); s.Get().N != 1 || len(g.store.asides()) != 1 {
		t.Errorf("%v, aside %v", s.Get(), g.store.asides())
	}
	path, _ = save(t, g.store)

	g = newGenerations(t)
	if err := g.store.restore(path); err != nil {
		t.Fatal(err)
	}
	s := NewState(g.next(), "wide", wide{})
	if got := s.Get(); got.N != 1 || got.Note == nil || *got.Note != "note" {
		t.Errorf("%+v", got)
	}
	if got := NewState[[]int](newScope("other", g.layer, nil), "unasked", nil).Get(); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestAFileThatIsNoState(t *testing.T) {
	g := newGenerations(t)
	NewState(g.next(), "s", map[string]int{"a": 1})
	path, _ := save(t, g.store)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	for name, c := range map[string]struct{ content, want string }{
		"cut off":         {text[:len(text)-5], "bytes"},
		"head cut off":    {text[:20], "first line"},
		"foreign":         {"{}", "does not begin with gomedic.state/"},
		"empty":           {"", "does not begin with gomedic.state/"},
		"a later version": {strings.Replace(text, "/v1", "/v2", 1), "version gomedic.state/v2"},
		"changed":         {strings.Replace(text, `"v":"1"`, `"v":"2"`, 1), "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			g := newGenerations(t)
			err := g.store.restore(path)
			if !errors.Is(err, ErrState) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
			if s := NewState[map[string]int](g.next(), "s", nil); s.Get() != nil {
				t.Errorf("%v was restored", s.Get())
			}
		})
	}
	if err := newStore().restore(filepath.Join(t.TempDir(), "no")); err != nil {
		t.Errorf("no file: %v", err)
	}
}

func TestASaveThatFailsLeavesTheOldFile(t *testing.T) {
	g := newGenerations(t)
	if _, err := g.store.save(filepath.Join(t.TempDir(), "no", "state")); err == nil {
		t.Error("no error")
	}
	path, _ := save(t, g.store)
	if _, err := g.store.save(path); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"objects":[{"k":"struct","n":["N","Next"],"e":[{"k":"int","v":"1"},{"k":"pointer","r":1}]}],"states":[{"component":"orders","name":"s","value":{"k":"pointer","r":1}}]}`))
	f.Add([]byte(`{"states":[{"component":"orders","name":"s","value":{"k":"pointer","r":9}}]}`))
	f.Add([]byte(`{"objects":[{"k":"pointer","r":1}],"states":[{"component":"orders","name":"s","value":{"k":"pointer","r":1}}]}`))
	f.Add([]byte(`{"states":[{"component":"orders","name":"s","value":{"k":"marshaled","v":"\"x","t":"time.Time"}}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, framed(content), 0o600); err != nil {
			t.Fatal(err)
		}
		g := newGenerations(t)
		if g.store.restore(path) != nil {
			return
		}
		type node struct {
			N    int
			Next *node
			Any  any
			When time.Time
			M    map[any]float32
		}
		NewState[*node](g.next(), "s", nil)
		NewState[any](g.next(), "s", nil)
		if _, err := g.store.save(path); err != nil {
			t.Fatal(err)
		}
		if err := newStore().restore(path); err != nil {
			t.Fatal(err)
		}
	})
}

// One that is too large is left out, with what only it points to; the others are saved.
func TestAStateThatIsTooLarge(t *testing.T) {
	type row struct{ Cells []int }
	shared := &row{[]int{1}}
	many := []*row{shared}
	for range 1000 {
		many = append(many, &row{make([]int, 2000)})
	}
	g := newGenerations(t)
	s := g.next()
	NewState(s, "a", shared)
	NewState(s, "big", make([]byte, MaxStateBytes))
	NewState(s, "list", make([]int, MaxStateBytes))
	NewState(s, "many", many)
	NewState(s, "text", strings.Repeat("x", 1<<20))
	NewState(s, "z", []*row{shared, {[]int{2}}})
	path, left := save(t, g.store)
	if len(left) != 3 || left[0].Name != "big" || left[1].Name != "list" || left[2].Name != "many" || !strings.Contains(left[2].String(), "larger than 64 MiB") {
		t.Fatalf("left: %v", left)
	}
	again := newGenerations(t)
	if err := again.store.restore(path); err != nil {
		t.Fatal(err)
	}
	s = again.next()
	a, z := NewState[*row](s, "a", nil).Get(), NewState[[]*row](s, "z", nil).Get()
	if a == nil || len(z) != 2 || z[0].Cells[0] != 1 || z[1].Cells[0] != 2 {
		t.Errorf("%v, %v", a, z)
	}
	if got := NewState(s, "many", []*row(nil)).Get(); got != nil {
		t.Errorf("%d rows", len(got))
	}
	if got := NewState(s, "text", "").Get(); len(got) != 1<<20 {
		t.Errorf("a text of %d bytes", len(got))
	}
}
