package cli

import (
	"errors"
	"os/exec"

	"golang.org/x/sys/unix"
)

// ended waits until a program that gomedic has started ends. Wait alone would return when
// the program is stopped to be looked at, and take from who stopped it the news of that: it
// is asked once the program is known to have ended.
func ended(c *exec.Cmd) error {
	fd, err := unix.PidfdOpen(c.Process.Pid, 0)
	if err != nil { // Linux before 5.3
		return c.Wait()
	}
	defer unix.Close(fd)
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if !errors.Is(err, unix.EINTR) {
			return c.Wait()
		}
	}
}
