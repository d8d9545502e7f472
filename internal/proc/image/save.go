package image

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gomedic/gomedic/internal/evidence"
)

// SpaceError says that the disk has less room than the file seems to need.
type SpaceError struct {
	Path       string
	Need, Free int64 // bytes
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%s: about %d bytes are needed and %d are free", e.Path, e.Need, e.Free)
}

// Save writes a heap file under path. It is written under another name beside it
// and gets its own when it is whole and on the disk; on an error, or when ctx ends,
// nothing is left, and what was there under that name before stays. A new file is its
// owner's alone, as memory holds secrets. Errors:
// *SpaceError, those of Write, those of the file system.
func Save(ctx context.Context, path string, src Source, o Options) (info Info, err error) {
	if !o.Force {
		if err := room(path, estimate(&src, o)); err != nil {
			return Info{}, err
		}
	}
	err = evidence.WriteFile(path, func(w io.Writer) error {
		if f, ok := w.(*os.File); ok {
			if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
				if err := f.Chmod(0o600); err != nil {
					return err
				}
			}
		}
		b := bufio.NewWriterSize(w, chunkSize) // chunks of little memory are many and small
		if info, err = Write(ctx, b, src, o); err != nil {
			return err
		}
		if err := b.Flush(); err != nil {
			return err
		}
		return ctx.Err()
	})
	return info, err
}

// estimate is about how many bytes the file will have. What heaps hold compresses
// to a third or less; half is allowed for, and a heap of pictures or of random bytes
// may still need more.
func estimate(src *Source, o Options) int64 {
	kept, files := int64(0), int64(0)
	h := &head{}
	for _, f := range src.Files {
		h.Files = append(h.Files, headFile{Path: f.Path, Size: f.Size})
		files += f.Size
	}
	keep, _ := choose(src.Mappings, h.Files, o)
	for _, p := range keep {
		kept += int64(p.end - p.start)
	}
	if src.Resident > 0 {
		kept = min(kept, src.Resident)
	}
	return kept/2 + files/2
}

// room returns a *SpaceError if the file system of path has less than need bytes.
func room(path string, need int64) error {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil // a pipe or a device
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	free, ok := freeSpace(filepath.Dir(path))
	if ok && free < need {
		return &SpaceError{Path: path, Need: need, Free: free}
	}
	return nil
}
