package main

import (
	"encoding/binary"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-stutter-disk",
		Illness: "Update writes the score under a file lock, which a backup keeps for 40 ms again and again",
		ID:      []string{"ui-blocked/disk"},
		Where:   []string{"main.scores.save", "main.locked"},
	}, stutterDisk)
}

// locked does work while it has the lock of the file.
func locked(path string, work func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	return work(f)
}

type scores struct{ path string }

func (s scores) save(points uint64) {
	locked(s.path, func(f *os.File) error { return binary.Write(f, binary.LittleEndian, points) })
}

func (s scores) backup() {
	for range time.Tick(100 * time.Millisecond) {
		locked(s.path, func(*os.File) error { time.Sleep(40 * time.Millisecond); return nil })
	}
}

func stutterDisk(*stage) part {
	s := scores{harness.File()}
	return part{update: func(tick int) {
		if ill(tick) {
			go s.backup()
		}
		s.save(uint64(tick))
	}}
}
