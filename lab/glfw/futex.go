package main

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-futex",
		Illness: "a frame waits on a futex in memory that it shares with a process which is gone",
		ID:      []string{"ui-blocked/syscall"},
		Where:   []string{"main.(*shared).await"},
	}, program{build: futex})
}

type shared struct{ memory []byte }

// await waits with FUTEX_WAIT, which is 0 in <linux/futex.h>, while the first
// word is 0.
func (s *shared) await() {
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&s.memory[0])), 0, 0, 0, 0, 0)
}

func futex(s *stage) func() {
	memory, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANON)
	if err != nil {
		panic(err)
	}
	all := &shared{memory}
	return func() {
		if s.Due() {
			all.await()
		}
	}
}
