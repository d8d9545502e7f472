package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds on what a bundle may hold. A bundle comes from someone else: nothing in
// it may make the reader use much more than 1 GB of memory, whatever the zip
// unpacks to. 100,000 goroutines of ten frames stay under half of each.
const (
	maxManifest = 64 << 10
	maxEvidence = 256 << 20
	maxReport   = 64 << 20
	maxEntries  = 1024
	maxDepth    = 32      // nested JSON values
	maxOuter    = 1 << 19 // objects down to outerDepth: goroutines, samples, threads, …
	maxInner    = 1 << 21 // objects and lists below: frames
	maxCommas   = 1 << 25 // every list's and every object's further values
	outerDepth  = 4       // {"freeze":{"goroutines":[{
)

// What can be wrong with a bundle; errors.Is tells them apart.
var (
	ErrBundleTruncated = errors.New("the bundle is cut off or damaged")
	ErrBundleForeign   = errors.New("not a gomedic bundle")
	ErrBundleNewer     = errors.New("the bundle was written by a newer gomedic")
	ErrBundleTooLarge  = errors.New("the bundle holds more than gomedic will read")
)

// IsBundle reports whether a file that begins with head may be a bundle: it
// begins like a zip file. Four bytes are enough.
func IsBundle(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// ReadBundle reads the evidence of a bundle of size bytes. Its errors are, or
// wrap, ErrBundleTruncated, ErrBundleForeign, ErrBundleNewer and
// ErrBundleTooLarge, or come from r.
func ReadBundle(r io.ReaderAt, size int64) (*Evidence, error) {
	z, err := openZip(r, size)
	if err != nil {
		return nil, err
	}
	b, err := readEntry(z, evidenceName, maxEvidence)
	if err != nil {
		return nil, err
	}
	if err := checkJSON(b); err != nil {
		return nil, fmt.Errorf("%s: %w", evidenceName, err)
	}
	ev := new(Evidence)
	if err := json.Unmarshal(b, ev); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBundleTruncated, evidenceName, err)
	}
	if err := ev.repair(); err != nil {
		return nil, err
	}
	return ev, nil
}

// ReadBundleReport returns the report.json of a bundle, nil if it has none. Its
// errors are those of ReadBundle. The bytes are not checked.
func ReadBundleReport(r io.ReaderAt, size int64) ([]byte, error) {
	z, err := openZip(r, size)
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if f.Name == reportName {
			return readEntry(z, reportName, maxReport)
		}
	}
	return nil, nil
}

// openZip opens the zip and checks its manifest.
func openZip(r io.ReaderAt, size int64) (*zip.Reader, error) {
	head := make([]byte, 4)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err != nil && err != io.EOF {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %d bytes", ErrBundleTruncated, n)
	}
	if !IsBundle(head) {
		return nil, fmt.Errorf("%w: it does not begin like a zip file", ErrBundleForeign)
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("%w: %w", ErrBundleTruncated, err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%w: %d entries", ErrBundleTooLarge, len(z.File))
	}
	b, err := readEntry(z, manifestName, maxManifest)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Format != bundleFormat {
		return nil, fmt.Errorf("%w: its manifest is another program's", ErrBundleForeign)
	}
	if m.Version > BundleVersion {
		return nil, fmt.Errorf("%w: format %d, this gomedic reads up to %d", ErrBundleNewer, m.Version, BundleVersion)
	}
	if m.Version < 1 {
		return nil, fmt.Errorf("%w: format %d", ErrBundleForeign, m.Version)
	}
	return z, nil
}

// readEntry unpacks one entry of at most limit bytes. The size that the zip
// claims is not believed: reading stops at the limit.
func readEntry(z *zip.Reader, name string, limit int64) ([]byte, error) {
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		if f.UncompressedSize64 > uint64(limit) {
			return nil, fmt.Errorf("%w: %s has %d bytes", ErrBundleTooLarge, name, f.UncompressedSize64)
		}
		entry, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrBundleTruncated, name, err)
		}
		defer entry.Close()
		b, err := io.ReadAll(io.LimitReader(entry, limit+1))
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrBundleTruncated, name, err)
		}
		if int64(len(b)) > limit {
			return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrBundleTooLarge, name, limit)
		}
		return b, nil
	}
	return nil, fmt.Errorf("%w: it has no %s", ErrBundleForeign, name)
}

// checkJSON refuses JSON that is nested deeper or holds more values than
// evidence ever does, before anything is built from it: three bytes of JSON can
// cost a hundred times as much memory.
func checkJSON(b []byte) error {
	depth, outer, inner, commas := 0, 0, 0, 0
	inString, escaped := false, false
	for _, c := range b {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == ',':
			commas++
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: nested more than %d deep", ErrBundleTooLarge, maxDepth)
			}
			if depth > outerDepth {
				inner++
			} else {
				outer++
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	if outer > maxOuter || inner > maxInner || commas > maxCommas {
		return fmt.Errorf("%w: %d goroutines and samples, %d frames", ErrBundleTooLarge, outer, inner)
	}
	return nil
}

// repair checks the indexes of evidence that was read, so that rules may follow
// them without looking. A hold that names a frame which is not there loses it.
func (ev *Evidence) repair() error {
	if ev.Frames != nil {
		if err := ev.Frames.repair(); err != nil {
			return err
		}
	}
	if ev.Heap != nil {
		if err := ev.Heap.repair(); err != nil {
			return err
		}
	}
	if ev.Plugin != nil {
		ev.Plugin.repair()
	}
	if ev.Page != nil {
		ev.Page.repair()
	}
	if ev.Assets != nil {
		if err := ev.Assets.repair(); err != nil {
			return err
		}
	}
	if ev.Native != nil {
		if err := ev.Native.repair(); err != nil {
			return err
		}
	}
	if ev.GPUCalls != nil {
		ev.GPUCalls.repair()
	}
	f := ev.Freeze
	if f == nil {
		return nil
	}
	for i := range f.Points {
		if s := f.Points[i].Stack; s < -1 || s >= len(f.Stacks) {
			return fmt.Errorf("%w: sample %d names stack %d of %d", ErrBundleTruncated, i, s, len(f.Stacks))
		}
	}
	frames := make(map[uint64]int, len(f.Goroutines))
	for i := range f.Goroutines {
		frames[f.Goroutines[i].ID] = len(f.Goroutines[i].Frames)
	}
	for i := range f.Holds {
		h := &f.Holds[i]
		if h.Frame < -1 || h.Frame >= frames[h.Holder] {
			h.Frame = -1
		}
		if h.Confidence < 0 || h.Confidence > 1 {
			return fmt.Errorf("%w: hold %d has confidence %v", ErrBundleTruncated, i, h.Confidence)
		}
	}
	return nil
}
