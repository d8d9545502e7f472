//go:build !linux

package image

import "errors"

// Pagemap fails: on this system there is no such thing.
func Pagemap(int) (populated func(addr uint64, pages []bool) error, closing func() error, err error) {
	return nil, nil, errors.ErrUnsupported
}
