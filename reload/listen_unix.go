//go:build unix

package reload

import "syscall"

// descriptor is the number of a listener's file descriptor, -1 if it has none.
func descriptor(l any) int {
	c, ok := l.(syscall.Conn)
	if !ok {
		return -1
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return -1
	}
	fd := -1
	_ = raw.Control(func(n uintptr) { fd = int(n) })
	return fd
}
