//go:build !linux

package gpu

import (
	"errors"
	"time"

	"github.com/gomedic/gomedic/internal/driverlog"
)

func (l *look) kmsg(func(driverlog.Entry)) error { return errors.ErrUnsupported }

func (l *look) bootTime() time.Time { return time.Time{} }

func (l *look) slept() time.Duration { return 0 }
