package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

var (
	// ErrNoMalloc: the program is linked statically, or uses no C.
	ErrNoMalloc = errors.New("none of the program's libraries exports malloc and free")
	// ErrNotPreloaded: the program is linked statically, or is none that the dynamic
	// linker preloads anything into (setuid; a C library other than glibc).
	ErrNotPreloaded = errors.New("the library was not loaded into the program")
	// ErrStay is returned where the hooks could not be taken away. Nothing is recorded any
	// more; the program goes on through them.
	ErrStay = errors.New("the hooks are still in the program")
)

// Busy is the error for a program in which another gomedic is recording.
type Busy struct{ PID int }

func (b *Busy) Error() string { return fmt.Sprintf("gomedic %d is recording there", b.PID) }

// Span is a range of addresses, from Lo up to and without Hi.
type Span struct{ Lo, Hi uint64 }

// Memory says which of a program's memory is that of the hooks, also of a run before:
// what is noted there holds nothing.
func Memory(mem proc.Memory, maps []proc.Mapping) (out []Span) {
	for i := range maps {
		m := &maps[i]
		switch {
		case m.Path == "" && m.Exec && !m.Write && m.End-m.Start == codeSize:
			var b [16]byte
			if mem.ReadAt(b[:], m.Start+headerAt) == nil && isMagic(b[:]) {
				out = append(out, Span{m.Start, m.Start + total})
			}
		case strings.HasPrefix(path.Base(m.Path), preloadName):
			s := Span{m.Start, m.End}
			for _, n := range maps[i+1:] { // its .bss
				if !m.Write || n.Path != "" || n.Start != s.Hi {
					break
				}
				s.Hi = min(n.End, m.End+total)
			}
			out = append(out, s)
		}
	}
	return out
}

const preloadName = "gomedic-native.so"

func isMagic(b []byte) bool {
	return binary.LittleEndian.Uint64(b) == magic[0] && binary.LittleEndian.Uint64(b[8:]) == magic[1]
}
