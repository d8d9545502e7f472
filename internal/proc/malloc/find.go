package malloc

import (
	"context"
	"encoding/binary"
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// The parts of glibc's struct malloc_state (malloc/malloc.c) that are read, by their
// distance from the bins. What comes before differs among versions: 2.26 has no
// have_fastchunks, and what is there is padded.
const (
	binPairs = 127

	offTop       = -0x10
	offFast      = -0x60 // fastbinsY, 10 words
	offNext      = 0x800
	offThreads   = 0x810
	offSystem    = 0x818
	stateSize    = 0x828 // from the bins to the end
	offBins      = 0x70  // of the bins in the record, since 2.27
	offBinsOld   = 0x68  // in 2.26
	fastBins     = 10
	flagNoncont  = 2
	maxArenas    = 4096
	maxDamage    = 64
	heapMax      = 64 << 20 // HEAP_MAX_SIZE: the size and alignment of a thread arena's heaps
	pageSize     = 4 << 10
	mappedBit    = 2
	nonMainBit   = 4
	prevInUse    = 1
	flagBits     = 7
	minChunk     = 0x20
	fencepost    = 0x10
	maxDataBytes = 64 << 20 // of writable file mappings that are searched
)

type walker struct {
	ctx  context.Context
	mem  *window
	maps []proc.Mapping
	o    Options
	h    *Heap

	ng    ngContext // of mallocng
	bins  uint64    // of the main arena
	old   bool      // glibc 2.26
	live  []Chunk
	frees map[uint64]bool // chunks, by address, that fast bins and caches hold
	used  []Span          // what arenas and chunks with their own pages take
	taken []Span          // that and what is excluded, sorted
}

// find finds the allocator, and its records. Where it is none that is walked, the heap
// names it, and the error is ErrOther; ErrNone: no records.
func (w *walker) find() error {
	library := Recognise(w.maps)
	w.h.Allocator = library
	own := w.replaced()
	if own != None || library != None && library != Glibc && library != Musl {
		if own != None {
			w.h.Allocator = own
		}
		return ErrOther
	}
	old := false
	for i := range w.maps {
		m := &w.maps[i]
		if !m.Write || !m.Read || m.Shared || !w.isData(i, library) || m.End-m.Start > maxDataBytes {
			continue
		}
		b := make([]byte, m.End-m.Start)
		if w.mem.mem.ReadAt(b, m.Start) != nil {
			continue
		}
		if library != Musl {
			if at, ok := w.searchBins(b, m.Start); ok {
				w.bins = at
				w.h.Allocator, w.h.Version = Glibc, version(m.Path)
				w.h.Beside = w.linkedIn()
				return nil
			}
		}
		if library == Glibc {
			continue
		}
		if ng, ok := w.findNG(b, m.Start); ok {
			w.ng = ng
			w.h.Allocator, w.h.Version = Musl, w.muslVersion()
			w.h.Beside = w.linkedIn()
			return nil
		}
		old = old || w.findOldMusl(b, m.Start)
	}
	// A static program has no other allocator than the one that it brings.
	if own := w.linkedIn(); library == None && own != None {
		w.h.Allocator = own
		return ErrOther
	}
	if old {
		w.h.Allocator, w.h.Version = OldMusl, w.muslVersion()
		return ErrOther
	}
	return ErrNone
}

// isData: the mapping may hold the C library's variables, or those of a static program:
// they are in the file's writable mapping, or in the anonymous one right behind it
// (.bss).
func (w *walker) isData(i int, library Allocator) bool {
	m := &w.maps[i]
	if m.Path == "" && i > 0 && w.maps[i-1].End == m.Start {
		m = &w.maps[i-1]
	}
	if m.Path == "" || strings.HasPrefix(m.Path, "[") {
		return false
	}
	return library == None || ofLibrary(m.Path) == library
}

// version is in the file's name until glibc 2.33.
func version(file string) string {
	name := strings.TrimSuffix(path.Base(file), ".so")
	if v, ok := strings.CutPrefix(name, "libc-"); ok {
		return v
	}
	return ""
}

func (w *walker) searchBins(b []byte, base uint64) (uint64, bool) {
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	for at := 0; at+binPairs*16 <= len(b); at += 8 {
		// Most bins of the larger sizes are empty: the last but one is a quick test.
		const probe = (binPairs - 2) * 16
		if v := u(at + probe); v != base+uint64(at+probe)-16 && !w.linked(v, base+uint64(at+probe)-16) {
			continue
		}
		empty, ok := 0, true
		for i := range binPairs {
			addr := base + uint64(at+16*i) - 16 // of the chunk whose links these are
			fd, bk := u(at+16*i), u(at+16*i+8)
			switch {
			case fd == addr && bk == addr:
				empty++
			case w.linked(fd, addr) && w.back(bk, addr):
			default:
				ok = false
			}
			if !ok {
				break
			}
		}
		if ok && empty > 0 {
			return base + uint64(at), true
		}
	}
	return 0, false
}

// linked: the free chunk at fd points back to addr.
func (w *walker) linked(fd, addr uint64) bool {
	if fd&15 != 0 || fd == 0 || fd == addr {
		return false
	}
	v, ok := w.mem.word(fd + 24)
	return ok && v == addr
}

func (w *walker) back(bk, addr uint64) bool {
	if bk&15 != 0 || bk == 0 {
		return false
	}
	v, ok := w.mem.word(bk + 16)
	return ok && v == addr
}
