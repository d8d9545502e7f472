//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// heartbeat is the counters of heartbeat/heartbeat.c, mapped.
type heartbeat struct {
	wanted, begun, beats, longest uint64
}

// buildHeartbeat compiles the library that beats inside the targets.
func buildHeartbeat(dir string) (string, error) {
	lib := filepath.Join(dir, "heartbeat.so")
	out, err := exec.Command("cc", "-O2", "-Wall", "-shared", "-fPIC", "-pthread", "-o", lib, "bench/heartbeat/heartbeat.c").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compile the heartbeat: %w: %s", err, out)
	}
	return lib, nil
}

// newHeartbeat makes the file that a target's heartbeat and we both map.
func newHeartbeat(dir string) (*heartbeat, string, error) {
	f, err := os.CreateTemp(dir, "heartbeat-")
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	if err := f.Truncate(int64(unsafe.Sizeof(heartbeat{}))); err != nil {
		return nil, "", err
	}
	m, err := unix.Mmap(int(f.Fd()), 0, int(unsafe.Sizeof(heartbeat{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, "", err
	}
	return (*heartbeat)(unsafe.Pointer(&m[0])), f.Name(), nil
}

// reset begins to measure anew, and waits until the target has seen it.
func (h *heartbeat) reset() error {
	n := atomic.AddUint64(&h.wanted, 1)
	for deadline := time.Now().Add(5 * time.Second); atomic.LoadUint64(&h.begun) != n; {
		if time.Now().After(deadline) {
			return fmt.Errorf("the target has no heartbeat")
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// pause is the longest gap between two beats since reset.
func (h *heartbeat) pause() time.Duration {
	return time.Duration(atomic.LoadUint64(&h.longest))
}
