package frames

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Turns that looks alone took for one frame are told from one long turn.
func TestLongestWork(t *testing.T) {
	const ms = time.Millisecond
	looks := func(causes ...evidence.LateCause) (out []evidence.FrameSample) {
		for i, c := range causes {
			out = append(out, evidence.FrameSample{At: time.Duration(i) * ms, Cause: c})
		}
		return out
	}
	pace, c := evidence.CausePace, evidence.CauseC
	for name, test := range map[string]struct {
		samples []evidence.FrameSample
		want    time.Duration
	}{
		"nobody looked":          {nil, 10 * ms},
		"waits, with work often": {looks(pace, c, pace, c, pace, pace, c, pace, pace, pace), 2 * ms},
		"works in one piece":     {looks(pace, c, c, c, c, c, pace, pace, pace, pace), 6 * ms},
		"works to the end":       {looks(pace, pace, c, c, c, c, c, c, c, c), 9 * ms},
	} {
		if got := longestWork(test.samples, 0, 10*ms); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
