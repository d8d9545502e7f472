package host

import "strconv"

//go:generate go run ./gen

// SyscallName names a system call of this machine's processor, "" for a negative
// number (none).
func SyscallName(n int64) string {
	if n < 0 {
		return ""
	}
	if n < int64(len(syscallNames)) && syscallNames[n] != "" {
		return syscallNames[n]
	}
	return "syscall " + strconv.FormatInt(n, 10)
}
