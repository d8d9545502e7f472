package frames

import (
	"testing"
	"time"
)

// A loop of short turns, of which looks see few, is known by its calls into C; one
// whose turns make now few calls and now many is not.
func TestRounds(t *testing.T) {
	type step struct {
		made uint64
		took time.Duration
	}
	repeat := func(n int, steps ...step) (out []step) {
		for range n {
			out = append(out, steps...)
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		steps []step
		turns int
		last  time.Duration // the last frame begins so long before its end; 0: where it began
	}{
		{"short turns, some seen", repeat(20, step{6, 1200 * time.Microsecond}, step{24, 4 * msec}, step{60, 10 * msec}), 300, msec},
		{"never two in a row", repeat(60, step{12, 2 * msec}, step{30, 5 * msec}), 420, msec},
		{"at the display's rate", repeat(100, step{8, 16 * msec}), 100, 0},
		{"a late frame of many calls", append(repeat(100, step{8, 16 * msec}), step{8000, 80 * msec}), 1100, 0},
		{"now few calls, now many", repeat(50, step{5, 16 * msec}, step{50, 16 * msec}), 0, 0},
		{"as many as there is to draw", repeat(20, step{23, 4 * msec}, step{44, 7 * msec}, step{58, 9 * msec}, step{86, 15 * msec}), 0, 0},
	} {
		w := &watcher{rounds: map[uint64]*rounds{}}
		at, calls := time.Second, uint64(100)
		l := &loopState{goroutine: 1}
		w.missed(l, at, calls, true)
		for _, s := range tt.steps {
			at, calls = at+s.took, calls+s.made
			l.start = at - s.took
			w.missed(l, at, calls, true)
		}
		if got := w.rounds[1].turns(); got != tt.turns && tt.name != "a late frame of many calls" {
			t.Errorf("%s: %d turns, want %d", tt.name, got, tt.turns)
		}
		began, want := at-l.start, tt.last
		if want == 0 {
			want = tt.steps[len(tt.steps)-1].took
		}
		if began < want*9/10 || began > want*11/10 {
			t.Errorf("%s: the last frame takes %v, want %v", tt.name, began, want)
		}
	}
}
