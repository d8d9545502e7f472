package roots

import (
	"encoding/binary"

	"github.com/gomedic/gomedic/internal/gort"
)

const (
	maxVariables = 1 << 32 // bytes of one module's variables
	piece        = 1 << 20 // that is read at once
	handlesName  = "runtime/cgo.handles"
	syncMapLeast = 40 // bytes of a sync.Map, where its layout is not known
)

// variables reads the packages' variables of each module, by the linker's bitmaps
// (moduledata.gcdatamask and gcbssmask: a bit for each word).
func (r *reader) variables() {
	handles := r.handles()
	for _, m := range r.p.Modules {
		for i, name := range [2]string{"gcdatamask", "gcbssmask"} {
			mask, ok := r.offsets("runtime.moduledata", name+".n", name+".bytedata")
			if !ok {
				continue
			}
			n, ok1 := r.mem.word32(m.Addr() + mask[0])
			bits, ok2 := r.mem.word(m.Addr() + mask[1])
			if !ok1 || !ok2 {
				r.stats.Unread++
				continue
			}
			r.block([2]Kind{Data, BSS}[i], m.Data[i][0], m.Data[i][1], uint64(n), bits, handles)
		}
	}
}

// block reads the words from start to end of which the bitmap says that they are
// pointers.
func (r *reader) block(kind Kind, start, end, n, bits uint64, handles gort.Span) {
	if end <= start || end-start > maxVariables {
		return
	}
	n = min(n, (end-start)/8)
	buf, mask := make([]byte, piece), make([]byte, piece/64)
	for at := uint64(0); at < n; at += piece / 8 {
		words := min(piece/8, n-at)
		b, m := buf[:words*8], mask[:(words+7)/8]
		base := start + at*8
		if r.mem.ReadAt(m, bits+at/8) != nil || r.mem.ReadAt(b, base) != nil {
			r.stats.Unread++
			continue
		}
		for i := 0; i < int(words); i++ {
			if m[i>>3] == 0 {
				i |= 7
				continue
			}
			if !gort.Bit(m, i) {
				continue
			}
			root := Root{Kind: kind, Slot: base + uint64(i)*8, Value: binary.LittleEndian.Uint64(b[i*8:]), Frame: -1, Precise: true}
			if root.Slot >= handles.Lo && root.Slot < handles.Hi {
				root.Kind, root.Name = Handle, handlesName
			}
			r.emit(root)
		}
	}
}

// handles finds the table of runtime/cgo.Handle: a sync.Map, and the only variable
// with pointers that its functions name (runtime/cgo/handle.go, Go 1.17 to 1.27).
func (r *reader) handles() gort.Span {
	size := max(r.size("sync.Map"), syncMapLeast)
	for _, a := range r.p.RuntimeVars(handlesName, "runtime/cgo.NewHandle", "runtime/cgo.Handle.Value", "runtime/cgo.Handle.Delete") {
		for _, m := range r.p.Modules {
			for _, d := range m.Data[:2] { // those with pointers
				if a >= d[0] && a < d[1] && d[1]-a >= size {
					return gort.Span{Lo: a, Hi: a + size}
				}
			}
		}
	}
	return gort.Span{}
}
