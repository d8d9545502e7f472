package malloc

import (
	"encoding/binary"
	"path"
	"regexp"
	"strings"
)

// musl's malloc before 1.2.1 (src/malloc/oldmalloc/malloc.c) keeps 64 bins of free
// chunks: two words of locks, then the ring's head and tail, which lead back to where a
// chunk would be whose links these are. It is recognised, and not walked.
const (
	oldBins    = 64
	oldBinSize = 24
	oldLinks   = 8 // of the links in a bin
)

// findOldMusl reports whether such bins are in b, which lies at base.
func (w *walker) findOldMusl(b []byte, base uint64) bool {
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	for at := 0; at+16 <= len(b); at += 8 {
		// The bin that is empty may be any of them.
		if self := base + uint64(at) - 16; u(at) != self || u(at+8) != self {
			continue
		}
		for i := range oldBins {
			if from := at - oldLinks - i*oldBinSize; w.areOldBins(b, base, from) {
				return true
			}
		}
	}
	return false
}

func (w *walker) areOldBins(b []byte, base uint64, from int) bool {
	if from < 8 || from+oldBins*oldBinSize > len(b) {
		return false
	}
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	full := u(from - 8) // binmap: bins that hold chunks, or did
	chunks := 0
	for i := range oldBins {
		at := from + i*oldBinSize + oldLinks
		self := base + uint64(at) - 16
		head, tail := u(at), u(at+8)
		switch {
		case head == 0 && tail == 0:
			if full>>i&1 != 0 {
				return false
			}
			continue
		case head == self && tail == self:
		case full>>i&1 != 0 && w.linked(head, self) && w.back(tail, self) && w.isOldFree(head):
			chunks++
		default:
			return false
		}
	}
	return chunks > 0
}

// isOldFree: a free chunk's size, a multiple of 32, stands in its second word and in the
// first one of the next chunk.
func (w *walker) isOldFree(chunk uint64) bool {
	size, ok := w.mem.word(chunk + 8)
	after, ok2 := w.mem.word(chunk + size)
	return ok && ok2 && size != 0 && size&31 == 0 && after == size
}

var muslVersions = regexp.MustCompile(`\x00(1\.\d{1,2}\.\d{1,3})(-[!-~]{1,40})?\x00`)

// muslVersion is in the read-only data of the dynamic linker, which is the C library; a
// static program does not have it.
func (w *walker) muslVersion() string {
	const most = 4 << 20
	for i := range w.maps {
		m := &w.maps[i]
		if !m.Read || m.Write || ofLibrary(m.Path) != Musl || m.End-m.Start > most {
			continue
		}
		b := make([]byte, m.End-m.Start)
		if w.mem.mem.ReadAt(b, m.Start) != nil {
			continue
		}
		if v := muslVersions.FindSubmatch(b); v != nil {
			return string(v[1])
		}
	}
	return ""
}

// isMusl: musl's C library and its dynamic linker are one file. Android's library has
// the same name.
func isMusl(file string) bool {
	name := path.Base(file)
	return strings.HasPrefix(name, "ld-musl-") || strings.HasPrefix(name, "libc.musl-") ||
		name == "libc.so" && !strings.HasPrefix(file, "/system/") && !strings.HasPrefix(file, "/apex/")
}
