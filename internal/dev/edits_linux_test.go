package dev

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// edited is the source of the counter's package, as the random edits make it.
type edited struct {
	text    string // what it shows
	step    int    // what a frame adds to Steps
	fields  int    // further fields of the state
	helper  bool   // a function of its own
	comment int
	wrong   string // what is wrong with it; empty: nothing
}

func (e *edited) source() string {
	var fields, helper strings.Builder
	for i := range e.fields {
		fmt.Fprintf(&fields, "\tMore%d int\n", i)
	}
	text := strconv.Quote(e.text)
	if e.helper {
		fmt.Fprintf(&helper, "func words() string { return %s }\n", text)
		text = "words()"
	}
	build := ""
	switch e.wrong {
	case "syntax":
		helper.WriteString("func {\n")
	case "types":
		helper.WriteString("var _ string = 1\n")
	case "import":
		text = "strings.ToUpper(" + text + ")"
	case "panic":
		build = "\tpanic(\"as it is built\")\n"
	case "error":
		build = "\tif true {\n\t\treturn nil, fmt.Errorf(\"no\")\n\t}\n"
	case "frame":
		helper.WriteString("// the frame panics\n")
	}
	draw := ""
	if e.wrong == "frame" {
		draw = "\tpanic(\"in a frame\")\n"
	}
	return fmt.Sprintf(`package counter

// comment %d

import (
	"fmt"

	"example.com/shop/view"
	"github.com/gomedic/gomedic/reload"
)

type count struct {
	Frames int
%s	Steps  int
}

type counter struct{ count *reload.State[count] }

func (c *counter) Text() string { return fmt.Sprint(%s) }

func (c *counter) Draw() {
%s	c.count.Update(func(n count) count {
		n.Frames++
		n.Steps += %d
		return n
	})
	if n := c.count.Get(); n.Frames%%10 == 0 {
		fmt.Println("frame", n.Frames, c.Text(), %d)
	}
}

%s
func build(s *reload.Scope) (view.View, error) {
%s	return &counter{reload.NewState(s, "count", count{})}, nil
}

func init() { reload.Register("counter", build) }
`, e.comment, fields.String(), text, draw, e.step, e.step, helper.String(), build)
}

// TestRandomEdits edits, breaks and repairs the source again and again: what runs is
// always the last good one, with its state. GOMEDIC_EDITS says how often.
func TestRandomEdits(t *testing.T) {
	n := 25
	if s := os.Getenv("GOMEDIC_EDITS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	now := &edited{text: "text 0", step: 1}
	files := map[string]string{"counter/counter.go": now.source()}
	for name, content := range shop {
		if files[name] == "" {
			files[name] = content
		}
	}
	a := run(t, files, func(o *Options) { o.Budget = 64 << 20 })
	a.want("start", OK)
	a.ready()
	good := *now
	frames, restarts := 0, 0
	for i := range n {
		next := *now
		next.wrong = ""
		switch k := r.IntN(10); {
		case k < 3:
			next.text = fmt.Sprint("text ", i+1)
		case k < 4:
			next.step++
		case k < 5:
			next.fields = r.IntN(4)
			next.text = fmt.Sprint("text ", i+1)
		case k < 6:
			next.helper = !next.helper
		default:
			next.wrong = []string{"syntax", "types", "import", "panic", "error", "frame"}[r.IntN(6)]
		}
		if next == *now {
			next.text = fmt.Sprint("text ", i+1)
		}
		now = &next
		from := a.now()
		a.write("counter/counter.go", now.source())
		c := a.chain()
		for c.Action == "report" { // of a panic later on
			c = a.chain()
		}
		if now.wrong == "" {
			good = *now
		}
		if (c.Outcome == OK) != (now.wrong == "") {
			t.Fatalf("edit %d, wrong %q: %s, %s", i, now.wrong, c.Outcome, c.json())
		}
		if c.Action == "restart" {
			restarts++
			a.ready()
		}
		// What runs is the last good source, and counts on.
		at := a.says(from, "frame ")
		at = a.says(at, fmt.Sprintf("%s %d", good.text, good.step))
		f := strings.Fields(a.line(at - 1))
		if got, _ := strconv.Atoi(f[1]); got < frames {
			t.Fatalf("edit %d: it is at frame %d, and was at %d", i, got, frames)
		} else {
			frames = got
		}
	}
	onlyOne(t, a)
	t.Logf("%d edits, %d frames, %d restarts", n, frames, restarts)

	// The same as a fresh start of the last good source.
	a.write("counter/counter.go", good.source())
	a.cancel()
	<-a.done
	a.done <- nil
	files["counter/counter.go"] = good.source()
	b := run(t, files, nil)
	b.want("start", OK)
	b.says(0, fmt.Sprintf("%s %d", good.text, good.step))
}
