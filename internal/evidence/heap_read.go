package evidence

import "fmt"

// repair checks the figures of a heap that was read, so that rules and renderers
// may use them without looking: indexes lead somewhere, shares are shares.
func (h *Heap) repair() error {
	for _, groups := range [][]HeapGroup{h.Types, h.Sites, h.Roots} {
		for i := range groups {
			if err := groups[i].Trend.check(groups[i].Name); err != nil {
				return err
			}
		}
	}
	for i := range h.Looks {
		l := &h.Looks[i]
		if !isShare(l.Typed) || !isShare(l.Owned) {
			return fmt.Errorf("%w: look %d at the heap has shares %v and %v", ErrBundleTruncated, i, l.Typed, l.Owned)
		}
	}
	for i := range h.Suspects {
		s := &h.Suspects[i]
		if err := s.Trend.check(s.Type); err != nil {
			return err
		}
		if s.Suspect < -1 || s.Suspect >= len(s.Chain) {
			s.Suspect = -1
		}
	}
	return nil
}

func (t *Trend) check(of string) error {
	if !isShare(t.Confidence) {
		return fmt.Errorf("%w: the trend of %q has confidence %v", ErrBundleTruncated, of, t.Confidence)
	}
	return nil
}

func isShare(x float64) bool { return x >= 0 && x <= 1 }
