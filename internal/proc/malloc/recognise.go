package malloc

import (
	"bytes"
	"context"
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// Allocator is a C allocator.
type Allocator string

// The allocators that are told apart.
const (
	Glibc    Allocator = "glibc"
	Musl     Allocator = "musl"
	OldMusl  Allocator = "musl (oldmalloc)" // the one before 1.2.1
	Jemalloc Allocator = "jemalloc"
	Mimalloc Allocator = "mimalloc"
	TCMalloc Allocator = "tcmalloc"
	None     Allocator = "" // a program without C
)

// known says how the allocators are told that replace the C library's: by the file that
// they come in, by a function that only they export, and by what the messages in their
// read-only data begin with.
var known = []struct {
	is      Allocator
	file    string
	exports []string
	message string
}{
	{Jemalloc, "libjemalloc", []string{"mallctl", "je_mallctl", "mallocx"}, "<jemalloc>: "},
	{Mimalloc, "libmimalloc", []string{"mi_malloc"}, "mimalloc: "},
	{TCMalloc, "libtcmalloc", []string{"tc_malloc", "MallocExtension_GetNumericProperty", "TCMalloc_Internal_GetNumaAware"}, "TCMALLOC_"},
}

// Recognise says which allocator a program uses, by the libraries it has mapped: one
// that replaces malloc comes before the C library. A program that is linked
// statically has none of them: [Read] then looks for records.
func Recognise(maps []proc.Mapping) Allocator {
	libc := None
	for i := range maps {
		switch a := ofLibrary(maps[i].Path); a {
		case None:
		case Glibc, Musl:
			if libc == None {
				libc = a
			}
		default:
			return a
		}
	}
	return libc
}

// IsLibC reports whether a file is a C library.
func IsLibC(file string) bool {
	a := ofLibrary(file)
	return a == Glibc || a == Musl
}

// Identify says which allocator a program uses, as [Read] does, by its records too; None
// where there are none.
func Identify(mem proc.Memory, maps []proc.Mapping) Allocator {
	w := &walker{ctx: context.Background(), mem: newWindow(mem), maps: maps, h: &Heap{}}
	_ = w.find()
	return w.h.Allocator
}

// ofLibrary is the allocator that a file brings, by its name.
func ofLibrary(file string) Allocator {
	file = strings.TrimSuffix(file, " (deleted)")
	name := path.Base(file)
	for i := range known {
		if strings.HasPrefix(name, known[i].file) {
			return known[i].is
		}
	}
	switch {
	case strings.HasPrefix(name, "libc.so.6"), strings.HasPrefix(name, "libc-2."):
		return Glibc
	case isMusl(file):
		return Musl
	}
	return None
}

// replaced looks for a program, or a library, that has a malloc of its own, which is
// found before the C library's. It is None if there is none, or one of which nothing is
// known: that may hand everything on to the C library.
func (w *walker) replaced() Allocator {
	for i := range w.maps {
		m := &w.maps[i]
		if m.Offset != 0 || m.Inode == 0 || m.Path == "" || !m.Read || w.isC(m.Path) {
			continue
		}
		o, ok := readExports(w.mem.mem, m.Start)
		if !ok || !o.has("malloc") || !o.has("free") {
			continue
		}
		for _, k := range known {
			for _, name := range k.exports {
				if o.has(name) {
					return k.is
				}
			}
		}
		if m.Path == w.maps[0].Path {
			if is := w.linkedIn(); is != None {
				return is
			}
		}
		if w.h.Unknown == "" {
			w.h.Unknown = path.Base(m.Path)
		}
	}
	return None
}

// isC: the file is the C library, its dynamic linker, or gomedic's own, which hands on
// what it is asked for.
func (w *walker) isC(file string) bool {
	if IsLibC(file) {
		return true
	}
	name := path.Base(file)
	return strings.HasPrefix(name, "ld-linux") || strings.HasPrefix(name, "ld-2.") || strings.HasPrefix(name, "gomedic-native")
}

// linkedIn is an allocator that the program itself holds, by the messages in its
// read-only data: they are there also where it has no symbols.
func (w *walker) linkedIn() Allocator {
	const most, piece = 512 << 20, 4 << 20
	if len(w.maps) == 0 {
		return None
	}
	buf := make([]byte, 0, piece+64)
	for i := range w.maps {
		m := &w.maps[i]
		if m.Path != w.maps[0].Path || m.Path == "" || !m.Read || m.Write || m.Exec || m.End-m.Start > most {
			continue
		}
		for at := m.Start; at < m.End; at += piece {
			b := buf[:min(m.End-at, uint64(cap(buf)))] // a message may lie on the border
			if w.mem.mem.ReadAt(b, at) != nil {
				break
			}
			for _, k := range known {
				if holds(b, k.message) {
					return k.is
				}
			}
		}
	}
	return None
}

// holds: b has a text that begins like that; a text of C's begins behind the end of
// another.
func holds(b []byte, text string) bool {
	for {
		i := bytes.Index(b, []byte(text))
		if i < 0 {
			return false
		}
		if i > 0 && b[i-1] == 0 {
			return true
		}
		b = b[i+1:]
	}
}
