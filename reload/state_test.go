package reload

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	gen1 "github.com/gomedic/gomedic/reload/testdata/gen1/orders"
	gen2 "github.com/gomedic/gomedic/reload/testdata/gen2/orders"
)

// generations is a store with one generation after the other on it.
type generations struct {
	t     testing.TB
	store *store
	n     uint64
	layer *layer
}

func newGenerations(t testing.TB) *generations { return &generations{t: t, store: newStore()} }

// next begins a generation; it is shown at once.
func (g *generations) next() *Scope {
	s := g.trial()
	g.layer.show()
	return s
}

// trial begins a generation that is not shown yet.
func (g *generations) trial() *Scope {
	g.layer = g.store.newLayer(g.n)
	g.n++
	s := newScope("orders", g.layer, nil)
	g.t.Cleanup(func() { s.End(0) })
	return s
}

// moved is the value of old's state as a New.
func moved[Old, New any](t testing.TB, old Old) (New, []Aside) {
	g := newGenerations(t)
	NewState(g.next(), "s", old)
	var none New
	s := NewState(g.next(), "s", none)
	return s.Get(), g.layer.news()
}

func TestStateIsKept(t *testing.T) {
	g := newGenerations(t)
	first := NewState(g.next(), "n", 1)
	first.Set(5)
	second := NewState(g.next(), "n", 1)
	if second.Get() != 5 {
		t.Errorf("got %d", second.Get())
	}
	if other := NewState(newScope("other", g.layer, nil), "n", 1); other.Get() != 1 {
		t.Errorf("another component's: %d", other.Get())
	}
}

func TestStateMovesByFieldName(t *testing.T) {
	type oldRow struct {
		ID    int32
		Name  string
		price float32
		Next  *oldRow
		When  time.Time
	}
	type oldModel struct {
		Rows   []*oldRow
		ByName map[string]*oldRow
		lock   sync.Mutex
		Title  []byte
		Total  *big.Int
	}
	type newRow struct {
		Name  string
		Extra bool
		price float64
		ID    int64
		Next  *newRow
		When  time.Time
	}
	type newModel struct {
		ByName map[string]*newRow
		Title  string
		Total  *big.Int
		Rows   []*newRow
		lock   sync.RWMutex
	}
	when := time.Date(2026, 11, 29, 21, 0, 0, 0, time.UTC)
	a := &oldRow{ID: 7, Name: "a", price: 1.5, When: when}
	a.Next = a // a circle
	old := oldModel{Rows: []*oldRow{a, nil, a}, ByName: map[string]*oldRow{"a": a}, Title: []byte("t"), Total: big.NewInt(1 << 40)}
	old.lock.Lock()
	got, aside := moved[*oldModel, *newModel](t, &old)
	if len(aside) > 0 {
		t.Errorf("aside: %v", aside)
	}
	r := got.Rows[0]
	if len(got.Rows) != 3 || got.Rows[1] != nil || got.Rows[2] != r || got.ByName["a"] != r || r.Next != r {
		t.Errorf("what was shared is not: %+v", got)
	}
	if r.ID != 7 || r.Name != "a" || r.price != 1.5 || !r.When.Equal(when) || got.Title != "t" || got.Total.Int64() != 1<<40 {
		t.Errorf("%+v, %+v", got, r)
	}
	if !got.lock.TryLock() {
		t.Error("the lock was moved")
	}
}

func TestConversionsLoseNothing(t *testing.T) {
	type named string
	for _, c := range []struct {
		name      string
		got, want any
		aside     int
	}{
		{"int that fits", first(moved[int, int8](t, 100)), int8(100), 0},
		{"int that does not", first(moved[int, int8](t, 300)), int8(0), 1},
		{"negative to unsigned", first(moved[int, uint](t, -1)), uint(0), 1},
		{"unsigned to signed", first(moved[uint64, int64](t, math.MaxUint64)), int64(0), 1},
		{"whole float to int", first(moved[float64, int](t, 3)), 3, 0},
		{"broken float to int", first(moved[float64, int](t, 3.5)), 0, 1},
		{"NaN to int", first(moved[float64, int](t, math.NaN())), 0, 1},
		{"minus zero to int", first(moved[float64, int](t, math.Copysign(0, -1))), 0, 1},
		{"2⁶³ to int", first(moved[float64, int64](t, 1<<63)), int64(0), 1},
		{"-2⁶³ to int", first(moved[float64, int64](t, -1<<63)), int64(-1 << 63), 0},
		{"large int to float", first(moved[int64, float64](t, 1<<53+1)), 0.0, 1},
		{"the largest int to float", first(moved[int64, float64](t, math.MaxInt64)), 0.0, 1},
		{"int to float", first(moved[int64, float64](t, 1<<53)), float64(1 << 53), 0},
		{"float to a shorter one", first(moved[float64, float32](t, 0.1)), float32(0), 1},
		{"int to complex", first(moved[int, complex128](t, 2)), 2 + 0i, 0},
		{"string to named", first(moved[string, named](t, "x")), named("x"), 0},
		{"string to bytes", first(moved[string, []byte](t, "x")), []byte("x"), 0},
		{"int to string", first(moved[int, string](t, 65)), "", 1},
		{"bool to int", first(moved[bool, int](t, true)), 0, 1},
		{"value to pointer", *first(moved[int, *int](t, 4)), 4, 0},
		{"pointer to value", first(moved[*int, int](t, new(int))), 0, 0},
		{"nil to value", first(moved[*int, int](t, nil)), 0, 0},
		{"slice to array", first(moved[[]int, [3]int](t, []int{1, 2})), [3]int{1, 2, 0}, 0},
		{"slice to a short array", first(moved[[]int, [1]int](t, []int{1, 2})), [1]int{1}, 1},
		{"elements", first(moved[[]int, []int8](t, []int{1, 300, 2})), []int8{1, 0, 2}, 1},
		{"keys", first(moved[map[int]string, map[int8]string](t, map[int]string{1: "a", 300: "b"})), map[int8]string{1: "a"}, 1},
		{"values", first(moved[map[string]int, map[string]string](t, map[string]int{"a": 1})), map[string]string(nil), 1},
		{"value to any", first(moved[int, any](t, 4)), 4, 0},
		{"any to value", first(moved[any, int](t, 4)), 4, 0},
		{"func", first(moved[func(), int](t, func() {})), 0, 1},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %#v, want %#v", c.name, c.got, c.want)
		}
	}
	for name, aside := range map[string][]Aside{"int that does not": second(moved[int, int8](t, 300)), "elements": second(moved[[]int, []int8](t, []int{1, 300, 2}))} {
		if len(aside) != 1 {
			t.Errorf("%s: aside %v", name, aside)
		}
	}
}

func first[A, B any](a A, _ B) A  { return a }
func second[A, B any](_ A, b B) B { return b }

func TestWhatHasNoPlaceComesBack(t *testing.T) {
	type v1 struct {
		Name string
		Note string
		Rows []struct{ Total, ID int }
	}
	type v2 struct {
		Name int
		Rows []struct{ ID int }
	}
	type v3 struct {
		Name, Note string
		Rows       []struct{ Total, ID int }
	}
	g := newGenerations(t)
	NewState(g.next(), "m", v1{Name: "n", Note: "keep me", Rows: []struct{ Total, ID int }{{5, 1}}})
	s2 := NewState(g.next(), "m", v2{})
	aside := g.layer.news()
	var lines []string
	for _, a := range aside {
		lines = append(lines, a.String())
	}
	want := "orders/m.Name (string) kept aside: string does not fit into int\n" +
		"orders/m.Rows[0].Total (int) kept aside: struct { ID int } has no field Total\n" +
		"orders/m.Note (string) kept aside: reload.v2 has no field Note"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("aside:\n%s", got)
	}
	if s2.Get().Rows[0].ID != 1 {
		t.Errorf("%+v", s2.Get())
	}
	s2.Set(v2{Name: 4})
	s3 := NewState(g.next(), "m", v3{})
	if got := s3.Get(); got.Note != "keep me" || got.Name != "n" {
		t.Errorf("it did not come back: %+v", got)
	}
	if got := g.store.asides(); len(got) != 2 { // the int, and the total of a row that may be another
		t.Errorf("aside: %v", got)
	}
}

func TestAStateThatCannotBeMoved(t *testing.T) {
	type model struct{ A, B int }
	g := newGenerations(t)
	NewState(g.next(), "m", model{1, 2})
	if s := NewState(g.next(), "m", "initial"); s.Get() != "initial" {
		t.Errorf("got %q", s.Get())
	}
	aside := g.store.asides()
	if len(aside) != 1 || aside[0].Path != "" || aside[0].Value != (model{1, 2}) {
		t.Fatalf("aside: %v", aside)
	}
	type again struct{ B, A int64 }
	if s := NewState(g.next(), "m", again{}); s.Get() != (again{2, 1}) {
		t.Errorf("it did not come back: %+v", s.Get())
	}
}

func TestFieldTags(t *testing.T) {
	type old struct {
		Title string
		Cache int
	}
	type renamed struct {
		Heading string `reload:"was=Title"`
		Cache   int    `reload:"-"`
	}
	got, aside := moved[old, renamed](t, old{"x", 3})
	if got.Heading != "x" || got.Cache != 0 || len(aside) != 1 {
		t.Errorf("%+v, %v", got, aside)
	}
}

func TestInterfacesGetTheNewGenerationsTypes(t *testing.T) {
	g := newGenerations(t)
	NewState(g.next(), "m", gen1.New())
	scope := g.trial()
	g.layer.types = map[string]reflect.Type{"orders.Square": reflect.TypeFor[gen2.Square]()}
	got := NewState(scope, "m", gen2.Model{}).Get()
	shapes := got.Shapes()
	if got.Title != "one" || len(shapes) != 2 || shapes[0] != (gen2.Square{Side: 3}) || shapes[1] != nil {
		t.Errorf("%+v", got)
	}
	if aside := g.layer.news(); len(aside) != 1 || aside[0].Path != "shapes[1]" || aside[0].Type != "orders.Shape" {
		t.Errorf("aside: %v", aside)
	}
	// Where no type is known, nothing of the old generation is called.
	got, aside := moved[gen1.Model, gen2.Model](t, gen1.New())
	if got.Shapes() != nil || len(aside) != 1 {
		t.Errorf("%+v, aside %v", got, aside)
	}
}

func TestATrialChangesNothing(t *testing.T) {
	type old struct{ N int }
	type wide struct{ N int64 }
	g := newGenerations(t)
	live := NewState(g.next(), "m", old{1})
	s := NewState(g.trial(), "m", wide{})
	s.Set(wide{99})
	live.Set(old{2})
	if live.Get().N != 2 {
		t.Error("the trial reached the state that is shown")
	}
	// Shown, and taken back.
	g.layer.show()
	g.layer.hide()
	if got := NewState(g.trial(), "m", wide{}); got.Get().N != 2 {
		t.Errorf("after the trial was taken back: %v", got.Get())
	}
}

func TestWhatTheOldOneSetMeanwhileIsTakenOver(t *testing.T) {
	type old struct{ N int }
	type wide struct{ N int64 }
	g := newGenerations(t)
	first := g.next()
	a, b := NewState(first, "a", old{1}), NewState(first, "b", old{1})
	trial := g.trial()
	na, nb := NewState(trial, "a", wide{}), NewState(trial, "b", wide{})
	var told []int64
	na.OnChange(func(w wide) { told = append(told, w.N) })
	g.layer.show()
	a.Set(old{5})
	b.Set(old{6})
	nb.Set(wide{7})
	g.layer.settle()
	if na.Get().N != 5 || fmt.Sprint(told) != "[5]" {
		t.Errorf("a: %v, told %v", na.Get(), told)
	}
	if nb.Get().N != 7 || len(g.store.asides()) > 0 {
		t.Errorf("b: %v, aside %v", nb.Get(), g.store.asides())
	}
}

func TestTheSameNameWithAnotherType(t *testing.T) {
	g := newGenerations(t)
	s := g.next()
	a, b := NewState(s, "n", 1), NewState(s, "n", "x")
	a.Set(2)
	if c := NewState(s, "n", 0); c.Get() != 2 || b.Get() != "x" {
		t.Errorf("%v, %v", c.Get(), b.Get())
	}
	if news := g.layer.news(); len(news) != 1 {
		t.Errorf("not reported: %v", news)
	}
}

func TestStateTellsAndIsSafe(t *testing.T) {
	g := newGenerations(t)
	scope := g.next()
	s := NewState(scope, "n", 0)
	var mu sync.Mutex
	calls := 0
	s.OnChange(func(int) { mu.Lock(); calls++; mu.Unlock() })
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				s.Update(func(n int) int { return n + 1 })
			}
		})
	}
	all.Wait()
	if s.Get() != 400 || calls != 400 {
		t.Errorf("%d, %d calls", s.Get(), calls)
	}
	scope.End(0)
	s.Set(1)
	if calls != 400 {
		t.Error("told after the scope's end")
	}
}

func TestDeepValuesAreBounded(t *testing.T) {
	type list struct {
		Next *list
		N    int
	}
	type other struct {
		Next *other
		N    int64
	}
	var head *list
	for i := range 100_000 {
		head = &list{head, i}
	}
	got, aside := moved[*list, *other](t, head)
	n := 0
	for at := got; at != nil; at = at.Next {
		n++
	}
	if n != 100_000 || len(aside) > 0 {
		t.Errorf("%d elements, aside %d", n, len(aside))
	}
	circle := []any{1, nil}
	circle[1] = circle // by no pointer
	if _, aside := moved[[]any, struct{ X int }](t, circle); len(aside) != 1 {
		t.Errorf("aside: %d", len(aside))
	}
	type nested []nested
	type renested []renested
	if _, aside := moved[map[string]nested, map[string]renested](t, map[string]nested{"a": {{}}}); len(aside) != 0 {
		t.Errorf("aside: %d", len(aside))
	}
}
