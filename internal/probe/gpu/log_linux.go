package gpu

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/driverlog"
)

// kmsg reads what is in the kernel's ring now; it does not wait for more. A reader sees
// every record from the oldest on, and takes none away (Documentation/ABI/testing/dev-kmsg).
func (l *look) kmsg(add func(driverlog.Entry)) error {
	path := l.path("/dev/kmsg")
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	buf := make([]byte, 1<<14) // one read is one record
	for range maxRecords * 4 {
		if l.ctx.Err() != nil {
			return nil
		}
		n, err := unix.Read(fd, buf)
		switch {
		case errors.Is(err, unix.EAGAIN), err == nil && n == 0:
			return nil
		case errors.Is(err, unix.EPIPE), errors.Is(err, unix.EINTR): // overwritten meanwhile: the next one
			continue
		case err != nil:
			return &fs.PathError{Op: "read", Path: path, Err: err}
		}
		record, _, _ := strings.Cut(string(buf[:n]), "\n")
		head, said, ok := strings.Cut(record, ";")
		fields := strings.SplitN(head, ",", 4)
		if !ok || len(fields) < 3 {
			continue
		}
		us, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			continue
		}
		add(driverlog.Entry{Text: said, Boot: time.Duration(us) * time.Microsecond})
	}
	return nil
}

// bootTime is when the machine was started, by its clock of now; all sleeps count.
func (l *look) bootTime() time.Time {
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{}
	}
	return l.o.Now().Add(-time.Duration(up.Nano()))
}

// slept is for how long the machine has slept since its start.
func (l *look) slept() time.Duration {
	var boot, mono unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil || unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono) != nil {
		return 0
	}
	const noise = time.Second
	if d := time.Duration(boot.Nano() - mono.Nano()); d > noise {
		return d
	}
	return 0
}
