package image

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// Options say what Write keeps.
type Options struct {
	// NoCHeap leaves out [heap], the memory that malloc takes from the end of the
	// data segment. Pointers from there to the rest are then not seen.
	NoCHeap bool
	// Force lets Save begin also where the disk seems too small.
	Force bool
	// Progress is told, now and then and from one goroutine, how many bytes have been
	// worked off. nil: nobody.
	Progress func(done, total int64)
	// Workers is how many chunks are compressed at a time, 0: one for each CPU.
	Workers int
}

// piece is memory to be kept.
type piece struct {
	start, end uint64
	backing    uint32 // of record
	from       uint64
	anonymous  bool // private, and of no file: pages that were never written are zero
	constant   bool // cannot be written: what is not there is as in the file
}

// choose decides which memory is kept. Memory of the files inside is kept whatever
// it may do: where it equals the file it costs nothing, and where it does not, such
// as relocated data, it is needed. Else what a process cannot get again from
// anywhere is kept: memory that is private, and is not merely a file's.
func choose(mappings []proc.Mapping, files []headFile, o Options) (keep []piece, out []LeftOut) {
	leave := func(m *proc.Mapping, why Why) {
		out = append(out, LeftOut{Start: m.Start, End: m.End, Path: m.Path, Why: why})
	}
	for i := range mappings {
		m := &mappings[i]
		if !m.Read || m.End <= m.Start {
			continue // reserved, or a guard: nothing is there
		}
		start, end := (m.Start+pageSize-1)&^(pageSize-1), m.End&^(pageSize-1)
		p := piece{start: start, end: end}
		path := strings.TrimSuffix(m.Path, " (deleted)")
		inside := slices.IndexFunc(files, func(f headFile) bool { return f.Path == path })
		switch {
		case start >= end:
		case m.Path == "[vvar]", m.Path == "[vvar_vclock]", m.Path == "[vsyscall]":
			leave(m, OfKernel)
		case inside >= 0 && path != "":
			p.backing, p.from, p.constant = uint32(inside+1), m.Offset+(start-m.Start), !m.Write
			if same := files[inside].Same; same != 0 {
				p.backing = uint32(same)
			}
			keep = append(keep, p)
		case ofDevice(path):
			leave(m, OfDevice)
		case m.Shared:
			leave(m, Shared)
		case o.NoCHeap && m.Path == "[heap]":
			leave(m, OfC)
		case path == "" || strings.HasPrefix(path, "["):
			p.anonymous = path != "[vdso]"
			keep = append(keep, p)
		case m.Write:
			keep = append(keep, p)
		default:
			leave(m, OfFile)
		}
	}
	return keep, out
}

// ofDevice reports whether a mapping's path is a device's: graphics drivers map
// theirs from /dev, or from a file without a name.
func ofDevice(path string) bool {
	if strings.HasPrefix(path, "/dev/") {
		return !strings.HasPrefix(path, "/dev/shm/") && path != "/dev/zero"
	}
	return strings.HasPrefix(path, "anon_inode:") || strings.HasPrefix(path, "/anon_inode:")
}
