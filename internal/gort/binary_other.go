//go:build !linux

package gort

import (
	"io"
	"os"
)

// mapFile reads the first size bytes of a file: here, only core files of another
// system are examined, and speed matters less.
func mapFile(f *os.File, size int) ([]byte, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, err
	}
	return data, nil
}

func unmapFile([]byte) error { return nil }
