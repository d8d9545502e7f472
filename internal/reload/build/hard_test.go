package build

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
)

// hard is a component that does what makes trouble when code is loaded: it panics and
// recovers, keeps pointers in many kinds of memory, and uses what the linker leaves
// out of hosts that do not.
const hard = `package lib

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Pair is two of a kind.
type Pair[T any] struct{ A, B T }

func (p Pair[T]) String() string { return fmt.Sprintf("(%v %v)", p.A, p.B) }

type key struct {
	name string
	n    int
	f    float64
}

type node struct {
	next *node
	data []byte
	any  any
	m    map[key]*node
}

type shape interface{ area() float64 }
type square struct{ a float64 }
type circle struct{ r float64 }

func (s square) area() float64  { return s.a * s.a }
func (c *circle) area() float64 { return math.Floor(math.Pi * c.r * c.r) }

var (
	table  = map[string]shape{"square": square{2}, "circle": &circle{1}}
	global *node

	// Of types of the host, which tell the collector where the pointers are.
	buffers [3]bytes.Buffer
	held    struct {
		once sync.Once
		n    int
		list []strings.Builder
		any  fmt.Stringer
	}
	mine   = errors.New("mine")
)

type failure struct{ why string }

func (f *failure) Error() string { return f.why }

// guarded recovers, and returns by its named result.
func guarded(f func()) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%w: %v", mine, e)
		}
	}()
	f()
	return nil
}

// Version does it all.
func Version() int {
	held.once.Do(func() {
		for i := range buffers {
			fmt.Fprint(&buffers[i], "buffer ", i, " of ", VERSION)
		}
		held.list = make([]strings.Builder, 2)
		fmt.Fprint(&held.list[1], "list of ", VERSION)
		held.any = bytes.NewBufferString(fmt.Sprint("any of ", VERSION))
	})
	if got := buffers[2].String() + held.list[1].String() + held.any.String(); got != fmt.Sprint("buffer 2 of ", VERSION, "list of ", VERSION, "any of ", VERSION) {
		panic("variables hold " + got)
	}
	var nothing *node
	if err := guarded(func() { nothing.next = nil }); !errors.Is(err, mine) || !strings.Contains(err.Error(), "nil pointer") {
		panic(fmt.Sprint("no nil pointer: ", err))
	}
	if err := guarded(func() { panic(&failure{"why"}) }); !strings.HasSuffix(err.Error(), "why") {
		panic(err)
	}
	var list []int
	if err := guarded(func() { list[VERSION+3]++ }); err == nil {
		panic("no index out of range")
	}
	for i := range 200 {
		n := &node{next: global, data: make([]byte, 100+i), m: map[key]*node{}}
		n.m[key{fmt.Sprint(i), i, float64(i)}] = n
		n.any = func() *node { return n }
		if i%50 == 0 {
			global = nil
		}
		global = n
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0.0
	for _, name := range slices.Sorted(maps.Keys(table)) {
		wg.Go(func() {
			s := table[name]
			runtime.Gosched()
			mu.Lock()
			defer mu.Unlock()
			switch s := s.(type) {
			case square:
				sum += s.area()
			case *circle:
				sum += s.area()
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	stop := context.AfterFunc(ctx, func() {})
	stop()
	cancel()
	select {
	case <-ctx.Done():
	case <-time.After(time.Hour):
	}
	if f := reflect.ValueOf(global).Elem().FieldByName("data"); f.Len() < 100 {
		panic("reflect")
	}
	runtime.SetFinalizer(&node{}, func(*node) { mu.Lock(); sum++; mu.Unlock() })
	if _, err := os.Open("/none"); !errors.Is(err, os.ErrNotExist) {
		panic(err)
	}
	if strings.IndexByte("abc", 'c') != 2 || strings.Count("cheese", "e") != 3 {
		panic("strings")
	}
	deep(1000, global)
	return VERSION
}

// deep grows the stack.
func deep(n int, at *node) (out [64]byte) {
	if n > 0 {
		out = deep(n-1, at)
		out[n%64]++
	}
	return out
}
`

func version(n int) string { return strings.ReplaceAll(hard, "VERSION", fmt.Sprint(n)) }

var generations = flag.Int("generations", 30, "how many generations one host loads under load")

// Many generations, linked short, in one host: each panics and recovers, and all run
// at once, again and again, while garbage is collected all the time.
func TestGenerationsUnderLoad(t *testing.T) {
	n := *generations
	if testing.Short() {
		n = min(n, 10)
	}
	underLoad(t, n)
}

func TestGenerationsUnderTheRaceDetector(t *testing.T) {
	underLoad(t, 5, "-race")
}

func TestGenerationsOfTrimmedHosts(t *testing.T) {
	underLoad(t, 3, "-trimpath", "-ldflags=-s -w")
}

func underLoad(t *testing.T, generations int, flags ...string) {
	lib := strings.Index(shop, "-- lib/lib.go --")
	still := strings.Index(shop, "-- still/still.go --")
	p := makeProject(t, shop[:lib]+"-- lib/lib.go --\n"+version(0)+shop[still:], flags...)
	b := p.builder(t, Options{Host: p.host})
	h := p.start(t, "GOGC=1", "GODEBUG=gccheckmark=0", "GORACE=halt_on_error=1")
	for i := range generations {
		write(t, p.dir+"/lib/lib.go", version(i+1))
		g, err := b.Build(context.Background(), Request{Packages: []string{"example.com/shop/lib"}, Exports: say})
		if err != nil {
			t.Fatal(err)
		}
		if !g.Short {
			t.Fatalf("not linked short: %s", g.Why)
		}
		if got := h.ask("load " + g.Path); got != "loaded" {
			t.Fatalf("generation %d: %s", i+1, got)
		}
		if got, want := h.ask("say"), fmt.Sprintf("%d [a b] map[a:(2 1) b:(1 1)] hello ", i+1); !strings.HasPrefix(got, want) {
			t.Fatalf("generation %d says %q, want %q", i+1, got, want)
		}
		if i%10 == 9 || i == generations-1 {
			if got, want := h.ask("all"), fmt.Sprintf("%d ran", i+1); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		if i == 0 {
			t.Logf("%d bytes, linked from archives: %v", g.Bytes, sortedPaths(b.archive))
		}
	}
}

// A panic that leaves the new code is recovered by the host, and its place is told.
func TestPanicsHaveTheirPlaces(t *testing.T) {
	p := makeProject(t, shop)
	b := p.builder(t, Options{Host: p.host})
	h := p.start(t)
	p.edit(t, "lib/lib.go", "return 0 }", "\n\tvar m map[string]int\n\tm[\"a\"] = 1\n\treturn 1\n}")
	g := b.mustBuild(t, "example.com/shop/lib")
	if got := h.ask("load " + g.Path); got != "loaded" {
		t.Fatal(got)
	}
	if got, want := h.ask("panic"), "recovered assignment to entry in nil map shop/lib/lib.go:13"; got != want {
		t.Errorf("the host says %q, want %q", got, want)
	}
}

// What is embedded may change: the content, the files, the directive.
func TestEmbeddedFilesAreTakenAnew(t *testing.T) {
	p := makeProject(t, shop)
	b := p.builder(t, Options{Host: p.host})
	h := p.start(t)
	next := func(want string) {
		t.Helper()
		g := b.mustBuild(t, "example.com/shop/comp")
		if got := h.ask("load " + g.Path); got != "loaded" {
			t.Fatal(got)
		}
		if got := h.ask("say"); !strings.Contains(got, want) {
			t.Errorf("the host says %q, want %q", got, want)
		}
	}
	write(t, p.dir+"/comp/hello.txt", "hi there")
	next("hi there")
	write(t, p.dir+"/comp/other.txt", "from elsewhere")
	p.edit(t, "comp/comp.go", "//go:embed hello.txt", "//go:embed other.txt")
	next("from elsewhere")
}

// What the program did not import is loaded along.
func TestNewDependenciesAreLoadedAlong(t *testing.T) {
	p := makeProject(t, shop)
	b := p.builder(t, Options{Host: p.host})
	h := p.start(t)
	p.edit(t, "lib/lib.go", `import "fmt"`, "import (\n\t\"container/ring\"\n\t\"fmt\"\n\t\"text/tabwriter\"\n)\n\nvar _ tabwriter.Writer\n")
	p.edit(t, "lib/lib.go", "return 0 }", "return ring.New(7).Len() }")
	if err := p.list.Add(context.Background(), "container/ring", "text/tabwriter"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		g := b.mustBuild(t, "example.com/shop/lib")
		if !g.Short {
			t.Errorf("not linked short: %s", g.Why)
		}
		if got := h.ask("load " + g.Path); got != "loaded" {
			t.Fatal(got)
		}
		if got := h.ask("say"); !strings.HasPrefix(got, "7 ") {
			t.Errorf("the host says %q", got)
		}
	}
}
