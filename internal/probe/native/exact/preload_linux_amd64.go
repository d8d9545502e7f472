package exact

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

//go:embed preload.so
var preload []byte

// WritePreload writes the library that records into a folder, and returns what has to
// be added to the environment of the program (LD_PRELOAD, before what is there).
func WritePreload(dir string) (file string, err error) {
	file = filepath.Join(dir, preloadName)
	return file, os.WriteFile(file, preload, 0o755)
}

// Preloaded finds the library in a program that was started with it. It is there soon
// after the start: the caller tries again for a moment while the error is
// ErrNotPreloaded.
func Preloaded(p *proc.Process) (*Hooks, error) {
	maps, err := p.Mappings()
	if err != nil {
		return nil, err
	}
	for i := range maps {
		m := &maps[i]
		if !m.Write || !strings.HasPrefix(filepath.Base(m.Path), preloadName) || m.End-m.Start > 1<<20 {
			continue
		}
		b := make([]byte, m.End-m.Start)
		if p.ReadAt(b, m.Start) != nil {
			continue
		}
		want := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, magic[0]), magic[1])
		at := bytes.Index(b, want)
		if at < 0 || at+threadsAt > len(b) {
			continue
		}
		rings := binary.LittleEndian.Uint64(b[at+fieldAt:])
		if rings-(m.Start+uint64(at)) > 1<<20 { // they begin behind it: it is still being relocated
			continue
		}
		rec := newRecord()
		rec.inside = insideMusl(maps, codeAround(maps, i))
		h := &Hooks{p: p, header: m.Start + uint64(at), rings: rings, own: rings - ownSize, rec: rec, objects: map[objectKey]*loaded{}, started: time.Now(), began: now(), Library: m.Path}
		if !p.Confined() { // without, a child that is forked may wait for a moment
			stood, _ := p.Operate(func(o *proc.Operation) error { return wipeOnFork(o, h.own) })
			h.stood(stood)
		}
		return h, nil
	}
	return nil, ErrNotPreloaded
}

// Resume goes on to record after Detach.
func (h *Hooks) Resume() error {
	h.started, h.released = time.Now(), false
	return h.p.WriteAt(binary.LittleEndian.AppendUint64(nil, 1), h.header+fieldOn)
}

// SetLayout says how Go's stacks are found from now on; it may be known only once the
// program's runtime has begun.
func (h *Hooks) SetLayout(l gort.CgoLayout) error {
	var b [48]byte
	for i, v := range []uint64{uint64(l.TLSG), uint64(l.M), uint64(l.CurG), uint64(l.GoID), uint64(l.SyscallPC), uint64(l.SyscallBP)} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	// The offset that switches it on comes last.
	if err := h.p.WriteAt(b[8:], h.header+fieldTLS+8); err != nil {
		return err
	}
	return h.p.WriteAt(b[:8], h.header+fieldTLS)
}

// codeAround is where the library lies of which one mapping is given.
func codeAround(maps []proc.Mapping, i int) Span {
	s := Span{maps[i].Start, maps[i].End}
	for k := i; k >= 0 && maps[k].Path == maps[i].Path; k-- {
		s.Lo = maps[k].Start
	}
	return s
}
