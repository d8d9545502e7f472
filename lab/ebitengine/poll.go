package main

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-poll",
		Illness: "Update polls an event descriptor without a timeout",
		ID:      []string{"ui-blocked/syscall"},
		Where:   []string{"main.(*gamepad).wait"},
		Short:   true,
	}, poll)
}

type gamepad struct{ fd int }

func (g *gamepad) wait() {
	unix.Poll([]unix.PollFd{{Fd: int32(g.fd), Events: unix.POLLIN}}, -1)
}

func poll(*stage) part {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		panic(os.NewSyscallError("eventfd", err))
	}
	g := &gamepad{fd}
	return part{update: func(tick int) {
		if ill(tick) {
			g.wait()
		}
	}}
}
