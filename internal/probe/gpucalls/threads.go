package gpucalls

import (
	"encoding/binary"

	"github.com/gomedic/gomedic/internal/proc"
)

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
