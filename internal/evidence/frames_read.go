package evidence

import "fmt"

// repair checks the indexes of frames that were read, so that rules and
// renderers may follow them without looking. A place that its stack does not
// have is forgotten.
func (f *Frames) repair() error {
	check := func(what string, stack int, place *int) error {
		if stack < -1 || stack >= len(f.Stacks) {
			return fmt.Errorf("%w: %s names stack %d of %d", ErrBundleTruncated, what, stack, len(f.Stacks))
		}
		if *place < -1 || stack < 0 || *place >= len(f.Stacks[stack]) {
			*place = -1
		}
		return nil
	}
	for i := range f.Late {
		for j := range f.Late[i].Shares {
			s := &f.Late[i].Shares[j]
			if err := check("a late frame", s.Stack, &s.Place); err != nil {
				return err
			}
		}
	}
	for i := range f.Samples {
		if err := check("a sample", f.Samples[i].Stack, &f.Samples[i].Place); err != nil {
			return err
		}
	}
	for i := range f.Blocking {
		b := &f.Blocking[i]
		if err := check("a blocking call", b.Stack, &b.Place); err != nil {
			return err
		}
		if b.HolderStack == 0 && len(f.Stacks) == 0 {
			b.HolderStack = -1
		}
		if err := check("a holder", b.HolderStack, &b.HolderPlace); err != nil {
			return err
		}
	}
	for i := range f.Foreign {
		if err := check("a foreign call", f.Foreign[i].Stack, &f.Foreign[i].Place); err != nil {
			return err
		}
	}
	return nil
}
