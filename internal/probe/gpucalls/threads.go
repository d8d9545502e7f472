package gpucalls

import (
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
	"github.com/gomedic/gomedic/internal/proc"
)

// layout finds where a thread's goroutine is noted. Without it the stacks have no Go
// part.
func layout(p *gort.Program, fs []uint64, tids []int) (l bpf.Layout) {
	for _, f := range []struct {
		dst       *uint32
		st, field string
	}{
		{&l.M, "runtime.g", "m"}, {&l.CurG, "runtime.m", "curg"}, {&l.GoID, "runtime.g", "goid"},
		{&l.SyscallPC, "runtime.g", "syscallpc"}, {&l.SyscallBP, "runtime.g", "syscallbp"},
	} {
		off, ok := p.Offset(f.st, f.field)
		if !ok {
			return bpf.Layout{}
		}
		*f.dst = uint32(off)
	}
	tls, ok := tlsG(p, fs, tids)
	if !ok {
		return bpf.Layout{}
	}
	l.TLSG = tls
	return l
}

// tlsG finds where in their own data (TLS) the threads keep their g: what stands there
// leads to an m that has the id of a thread.
func tlsG(p *gort.Program, threads []uint64, tids []int) (int64, bool) {
	const most, enough = 4096, 32 // bytes, threads
	toM, ok := p.Offset("runtime.g", "m")
	id, ok2 := p.Offset("runtime.m", "procid")
	if !ok || !ok2 {
		return 0, false
	}
	votes := map[int64]int{}
	n := 0
	for _, fs := range threads {
		b := make([]byte, most)
		if n == enough || p.Memory().ReadAt(b, fs-most) != nil {
			continue
		}
		n++
		for off := 8; off <= most; off += 8 {
			g := binary.LittleEndian.Uint64(b[most-off:])
			if g < 4096 || g&7 != 0 || g>>47 != 0 {
				continue
			}
			if m, ok := p.Word(g + uint64(toM)); ok && m != 0 && m>>47 == 0 {
				if v, ok := p.Word(m + uint64(id)); ok && v < 1<<31 && slices.Contains(tids, int(v)) {
					votes[-int64(off)]++
				}
			}
		}
	}
	var best int64
	for off, v := range votes {
		if v > votes[best] || v == votes[best] && off > best {
			best = off
		}
	}
	return best, votes[best] > 0
}

// threadBlocks finds the control blocks of threads, to which fs points: glibc keeps its
// own address in the first and in the third word (tcbhead_t in sysdeps/x86_64/nptl/tls.h),
// at the top of a thread's stack, or of the main thread in a small mapping.
func threadBlocks(mem proc.Memory, maps []proc.Mapping) (out []uint64) {
	const small, top, most = 256 << 10, 64 << 10, 1024
	buf := make([]byte, small)
	for i := range maps {
		m := &maps[i]
		if !m.Read || !m.Write || m.Path != "" || m.Shared {
			continue
		}
		lo := m.Start
		if m.End-m.Start > small {
			lo = m.End - top
		}
		b := buf[:m.End-lo]
		if mem.ReadAt(b, lo) != nil {
			continue
		}
		for at := 0; at+24 <= len(b) && len(out) < most; at += 16 {
			addr := lo + uint64(at)
			if binary.LittleEndian.Uint64(b[at:]) == addr && binary.LittleEndian.Uint64(b[at+16:]) == addr {
				out = append(out, addr)
			}
		}
	}
	return out
}
