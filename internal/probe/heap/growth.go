package heap

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// trendOf is how objects developed from look to look. A table or an array grows by
// doubling, so that of the number and of the bytes the one that grows more steadily
// is believed.
func trendOf(at []time.Duration, count, bytes []int64) evidence.Trend {
	t, n := Trend(at, count, bytes), Trend(at, count, nil)
	if n.Confidence > t.Confidence {
		t.Confidence, t.Slows, t.Falls = n.Confidence, n.Slows, n.Falls
	}
	return t
}
