package evidence

import (
	"bytes"
	"errors"
	"testing"
)

// A bundle of someone else's cannot send a rule out of a chain, and no share in it
// is more than everything.
func TestHeapIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		heap Heap
		want error
	}{
		{"good", Heap{Suspects: []HeapSuspect{{Suspect: 0, Chain: []HeapLink{{}, {}}, Trend: Trend{Confidence: 1}}}, Looks: []HeapLook{{Typed: 0.5, Owned: 1}}}, nil},
		{"index", Heap{Suspects: []HeapSuspect{{Suspect: 7, Chain: []HeapLink{{}}}, {Suspect: -9}}}, nil},
		{"confidence", Heap{Suspects: []HeapSuspect{{Suspect: -1, Trend: Trend{Confidence: 2}}}}, ErrBundleTruncated},
		{"group", Heap{Types: []HeapGroup{{Trend: Trend{Confidence: -1}}}}, ErrBundleTruncated},
		{"share", Heap{Looks: []HeapLook{{Typed: 1.5}}}, ErrBundleTruncated},
	} {
		var b bytes.Buffer
		if err := EncodeBundle(&b, &Evidence{Heap: &tt.heap}, nil); err != nil {
			t.Fatal(err)
		}
		ev, err := ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
		if err != nil {
			continue
		}
		for _, s := range ev.Heap.Suspects {
			if s.Suspect < -1 || s.Suspect >= len(s.Chain) {
				t.Errorf("%s: index %d of %d links", tt.name, s.Suspect, len(s.Chain))
			}
		}
	}
}
