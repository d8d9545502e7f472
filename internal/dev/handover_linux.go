package dev

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/reload"
)

// takeOver duplicates the sockets of a process that its next one goes on with
// (pidfd_getfd(2)), and returns what the next is told. Those that cannot be had are left
// out.
func takeOver(pid int, all []reload.Listener) (files []*os.File, env string, taken []reload.Listener) {
	if len(all) == 0 {
		return nil, "", nil
	}
	p, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, "", nil
	}
	defer unix.Close(p)
	var entries []string
	for _, l := range all {
		fd, err := unix.PidfdGetfd(p, l.FD, 0)
		if err != nil {
			continue
		}
		const first = 3 // of exec.Cmd.ExtraFiles
		entries = append(entries, fmt.Sprintf("%s %s=%d", l.Network, l.Address, first+len(files)))
		files = append(files, os.NewFile(uintptr(fd), l.Address))
		taken = append(taken, l)
	}
	if len(entries) == 0 {
		return nil, "", nil
	}
	return files, reload.EnvListeners + "=" + strings.Join(entries, ";"), taken
}
