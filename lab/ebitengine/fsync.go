package main

import (
	"encoding/binary"
	"os"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-fsync",
		Illness: "Update writes a replay of a million moves and syncs the file after each",
		ID:      []string{"ui-blocked/disk"},
		Where:   []string{"main.saveReplay"},
	}, fsync)
}

func saveReplay(f *os.File, moves []uint64) error {
	for _, move := range moves {
		if err := binary.Write(f, binary.LittleEndian, move); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if _, err := f.Seek(0, 0); err != nil {
			return err
		}
	}
	return nil
}

func fsync(*stage) part {
	f, err := os.CreateTemp(".", "gomedic-lab-replay-")
	if err != nil {
		f, err = os.CreateTemp("", "gomedic-lab-replay-")
	}
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	return part{update: func(tick int) {
		if ill(tick) {
			saveReplay(f, make([]uint64, 1_000_000))
		}
	}}
}
