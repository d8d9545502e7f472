package native

import (
	"errors"

	"github.com/gomedic/gomedic/internal/probe/native/exact"
)

// busy notes that another gomedic is recording by hooks, where err says so.
func (r *runner) busy(err error) bool {
	b, ok := errors.AsType[*exact.Busy](err)
	if ok {
		r.limit("native-busy", []any{b.PID}, nil)
	}
	return ok
}

// ended notes what is no reason to drop what was recorded, and returns other errors.
func (r *runner) ended(err error) error {
	switch {
	case r.busy(err):
		return nil
	case errors.Is(err, exact.ErrStay):
		r.limit("native-hooks-stay", nil, []any{r.t.Process.PID})
		return nil
	}
	return err
}
