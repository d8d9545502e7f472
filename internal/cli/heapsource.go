package cli

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/image"
)

// Where the memory of a heap file comes from: image.Meta.Source.
const (
	fromClone   = "clone"
	fromProcess = "process"
	fromStop    = "stop"
	fromCore    = "core"
	fromAgent   = "agent"
)

// heapSource returns the memory of a target at one moment, to be written into a
// heap file; corePath is that of a core file. release lets go of it.
func heapSource(ctx context.Context, t *attach.Target, corePath string, o proc.SnapshotOptions) (src image.Source, release func(), err error) {
	if t.Core != nil {
		src = image.Source{Memory: t.Core, Threads: t.Core.Threads, Entry: t.Core.Entry, Meta: heapMeta(t, fromCore)}
		src.Mappings, _ = t.Core.Mappings() // a core's cannot fail
		if st, err := os.Stat(corePath); err == nil {
			src.Meta.Taken = st.ModTime().UTC().Truncate(time.Millisecond)
		}
		name := t.Core.Exe() // as the mappings have it, wherever it lies here
		if name == "" {
			name = t.ID.Exe
		}
		if stopped, ok := t.Copied(); ok {
			src.Meta.Source, src.Meta.Stopped = fromAgent, stopped
		}
		release, err = addFiles(&src, t, name, t.ExeFile(), func(path string) string { return path })
		return src, release, err
	}
	return fromLive(ctx, t, o)
}

// fromLive freezes a copy of the process, or with o.Stop the process itself, and reads
// that.
func fromLive(ctx context.Context, t *attach.Target, o proc.SnapshotOptions) (src image.Source, release func(), err error) {
	p := t.Process
	s, err := p.Snapshot(ctx, o)
	if err != nil {
		return src, nil, err
	}
	release = func() {
		if s.Close() != nil { // a busy target may be slow to stop: once more for its zombie
			_, _ = p.ReapLeftovers()
		}
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	meta, read := heapMeta(t, fromClone), s.ChildPID
	if o.Stop {
		meta, read = heapMeta(t, fromStop), p.PID
	}
	src = image.Source{Memory: s, Threads: s.Threads, Meta: meta, Resident: int64(p.RSS())}
	src.Meta.Stopped = s.Stopped
	if src.Mappings, err = s.Mappings(); err != nil {
		return src, nil, err
	}
	if src.Entry, err = p.Entry(); err != nil {
		return src, nil, err
	}
	closeFiles, err := addFiles(&src, t, p.Exe, p.ExePath(), func(path string) string {
		return filepath.Join("/proc", strconv.Itoa(p.PID), "root", path)
	})
	if err != nil {
		return src, nil, err
	}
	frozen, closeMap := release, func() error { return nil }
	if populated, closing, err := image.Pagemap(read); err == nil { // else all is read
		src.Populated, closeMap = populated, closing
	}
	return src, func() { closeFiles(); closeMap(); frozen() }, nil
}

// heapMeta says whose memory it is.
func heapMeta(t *attach.Target, source string) image.Meta {
	return image.Meta{Schema: image.Schema, PID: t.ID.PID, Name: t.ID.Name, Exe: t.ID.Exe, Go: t.ID.Go, Arch: t.ID.Arch, OS: "linux",
		Started: t.ID.StartedAt, Taken: time.Now().UTC().Truncate(time.Millisecond), Source: source, PageSize: os.Getpagesize(), Gomedic: Version}
}

// addFiles opens the program's file, which the mappings call name and which lies at
// exe, and those of its plugins, which open under what outside makes of their names.
func addFiles(src *image.Source, t *attach.Target, name, exe string, outside func(string) string) (closing func(), err error) {
	var opened []*os.File
	closing = func() {
		for _, f := range opened {
			f.Close()
		}
	}
	add := func(path, at string) error {
		f, err := os.Open(at)
		if err != nil {
			return err
		}
		opened = append(opened, f)
		st, err := f.Stat()
		if err != nil {
			return err
		}
		src.Files = append(src.Files, image.File{Path: path, Size: st.Size(), Data: f})
		return nil
	}
	if err := add(name, exe); err != nil {
		closing()
		return nil, err
	}
	for _, path := range pluginFiles(t, name, src.Mappings) {
		// A plugin that is gone can be done without: its memory is kept, its names are not.
		_ = add(path, outside(path))
	}
	return closing, nil
}

// pluginFiles are the paths of the Go modules that are not the program itself.
func pluginFiles(t *attach.Target, exe string, mappings []proc.Mapping) (paths []string) {
	for _, m := range t.Program.Modules {
		i := slices.IndexFunc(mappings, func(g proc.Mapping) bool { return g.Contains(m.MinPC) })
		if i < 0 || !strings.HasPrefix(mappings[i].Path, "/") {
			continue
		}
		path := strings.TrimSuffix(mappings[i].Path, " (deleted)")
		if path != exe && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// writeValue writes one JSON value.
func writeValue(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
