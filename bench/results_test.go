//go:build linux

package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		in   []time.Duration
		want string
	}{
		{nil, "0.0 (0.0–0.0)"},
		{[]time.Duration{time.Millisecond}, "1.0 (1.0–1.0)"},
		{[]time.Duration{3 * time.Millisecond, time.Millisecond, 200 * time.Millisecond}, "3.0 (1.0–200)"},
		{[]time.Duration{4 * time.Millisecond, time.Millisecond, 2 * time.Millisecond, 9 * time.Millisecond}, "3.0 (1.0–9.0)"},
	} {
		if got := summary(c.in).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	r := newResults(&bench{fault: "fyne-sleep"})
	r.add("window", "delve", []measured{{took: time.Second, pause: time.Second}})
	r.add("window", nobody, []measured{{took: time.Second, pause: time.Millisecond}})
	r.add("window", "SIGQUIT", []measured{{took: time.Second, ends: true}})
	table := r.markdown()
	for _, line := range []string{
		"| window | delve | 1000 (1000–1000) | 1000 (1000–1000) |",
		"| window | " + nobody + " | – | 1.0 (1.0–1.0) |",
		"| window | SIGQUIT | 1000 (1000–1000) | for ever: the program ends |",
	} {
		if !strings.Contains(table, line+"\n") {
			t.Errorf("no line %s in\n%s", line, table)
		}
	}
}

// TestSeen finds the place also where two reads part it.
func TestSeen(t *testing.T) {
	for _, c := range []struct {
		parts []string
		ok    bool
	}{
		{[]string{"goroutine 1\nmain.(*store).count(…)"}, true},
		{[]string{"goroutine 1\nmain.(*sto", "re).count(…)", "more"}, true},
		{[]string{"m", "a", "i", "n.(*store).c", "ount"}, true},
		{[]string{"main.(*store)", ".Count"}, false},
		{nil, false},
	} {
		var rs []io.Reader
		for _, p := range c.parts {
			rs = append(rs, strings.NewReader(p))
		}
		if took, err := seen(io.MultiReader(rs...), "main.(*store).count", time.Now().Add(-time.Second)); (err == nil) != c.ok || c.ok && took < time.Second {
			t.Errorf("%q: %v, %v", c.parts, took, err)
		}
	}
}
