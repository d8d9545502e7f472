package layer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// The layout of layer.c.
const (
	records = 4096
	goDepth = 24

	recordSize = 96 + 8*goDepth
	recordGo   = 96

	fieldOn      = 16
	fieldTLS     = 24
	fieldTold    = fieldTLS + 6*8
	fieldHead    = fieldTold + 8
	fieldTail    = fieldHead + 8
	fieldDevices = fieldTail + 16
	fieldAbout   = fieldDevices // devices, present, local, submit, api, driver, vendor, type
	fieldAt      = fieldAbout + 48
	fieldFuncs   = fieldAt + 8
	fieldNames   = fieldFuncs + 8 // of the device and its driver: three, then those of functions
	nameSize     = 256
	functionSize = 32
	functionsAt  = fieldNames + 3*nameSize
	mostFuncs    = 128
)

// magic is at the start of the header.
var magic = [2]uint64{0x63696d64656d6f67, 0x326e616b6c7576} // "gomedmic", "vulkan2"

// Record is a call that has ended; of one that destroys an object, one that begins.
type Record struct {
	Func       string // "vkQueueSubmit"
	TID        int    // as the program's own name space counts
	Start, End int64  // CLOCK_MONOTONIC, nanoseconds
	CPU        int64  // nanoseconds that the thread was on a CPU meanwhile
	GoID       uint64
	Caller     uint64   // in C
	Object     uint64   // that was made, is destroyed, handed over or waited for; 0: none
	Queue      uint64   // 0: none
	Size       uint64   // of device memory, bytes
	Result     int32    // a VkResult
	Go         []uint64 // return addresses of the goroutine that called C, innermost first
}

// About is what the layer knows of the last device that the program has made.
type About struct {
	Devices      uint64 // that were made so far
	Present      int    // the present mode of the last swapchain, as Vulkan numbers it; -1: there was none
	Local        uint64 // bytes of the device's own memory
	Submit       uint64 // where vkQueueSubmit goes on: in the driver, or in another layer
	Driver       uint32 // its version, as the driver packs it
	Vendor       uint32
	Type         uint32 // 4: a CPU
	Device       string // "llvmpipe (LLVM 15.0.6, 256 bits)"
	DriverName   string // "llvmpipe"; empty: the program asked for a Vulkan that does not tell
	DriverDetail string // "Mesa 22.3.6 (LLVM 15.0.6)"
}

// Reader reads what the layer notes in one program. It is not for several goroutines.
type Reader struct {
	p      *proc.Process
	header uint64
	at     uint64 // of the records
	tail   uint64
	names  []string
	lost   uint64
	buf    []byte
}

// Find finds the layer in a program: ErrNotThere as long as it is not loaded.
func Find(p *proc.Process) (*Reader, error) {
	maps, err := p.Mappings()
	if err != nil {
		return nil, err
	}
	for i := range maps {
		m := &maps[i]
		if !m.Write || path.Base(strings.TrimSuffix(m.Path, " (deleted)")) != libraryName || m.End-m.Start > 1<<20 {
			continue
		}
		b := make([]byte, m.End-m.Start)
		if p.ReadAt(b, m.Start) != nil {
			continue
		}
		want := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, magic[0]), magic[1])
		i := bytes.Index(b, want)
		if i < 0 || len(b)-i < functionsAt {
			continue
		}
		h := b[i:]
		r := &Reader{p: p, header: m.Start + uint64(i), at: binary.LittleEndian.Uint64(h[fieldAt:]), tail: binary.LittleEndian.Uint64(h[fieldTail:])}
		funcs := binary.LittleEndian.Uint64(h[fieldFuncs:])
		if funcs > mostFuncs || len(h) < functionsAt+int(funcs)*functionSize || !r.relocated() {
			continue
		}
		for f := range int(funcs) {
			r.names = append(r.names, text(h[functionsAt+f*functionSize:][:functionSize]))
		}
		return r, nil
	}
	return nil, ErrNotThere
}

// relocated: the library's loading is far enough for the header to say where the records
// are. Before, it says where they would be if the library began at address 0.
func (r *Reader) relocated() bool {
	const most = 16 << 20 // more than the library has
	return max(r.at, r.header)-min(r.at, r.header) < most
}

// text is the C string at the start of b.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.ToValidUTF8(string(b), "?")
}

// SetLayout says how Go's stacks are found from now on; it may be known only once the
// program's runtime has begun. With one that is all 0, which says that they are not, the
// program waits for it no longer as well.
func (r *Reader) SetLayout(l gort.CgoLayout) error {
	var b [48]byte
	for i, v := range []uint64{uint64(l.TLSG), uint64(l.M), uint64(l.CurG), uint64(l.GoID), uint64(l.SyscallPC), uint64(l.SyscallBP)} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	// The offset that switches it on comes last.
	if err := r.p.WriteAt(b[8:], r.header+fieldTLS+8); err != nil {
		return err
	}
	if err := r.p.WriteAt(b[:8], r.header+fieldTLS); err != nil {
		return err
	}
	return r.p.WriteAt([]byte{1}, r.header+fieldTold)
}

// End has the layer note nothing from now on; it cannot be begun again.
func (r *Reader) End() error { return r.p.WriteAt(make([]byte, 8), r.header+fieldOn) }

// About tells of the device.
func (r *Reader) About() (About, error) {
	var b [functionsAt]byte
	if err := r.p.ReadAt(b[:], r.header); err != nil {
		return About{}, err
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[fieldAbout+8*i:]) }
	name := func(i int) string { return text(b[fieldNames+i*nameSize:][:nameSize]) }
	return About{Devices: word(0), Present: int(word(1)) - 1, Local: word(2), Submit: word(3),
		Driver: uint32(word(4) >> 32), Vendor: uint32(word(5)), Type: uint32(word(5) >> 32),
		Device: name(0), DriverName: name(1), DriverDetail: name(2)}, nil
}

// Lost is how many calls were not noted so far, for want of room.
func (r *Reader) Lost() uint64 { return r.lost }

var errRing = errors.New("the Vulkan layer's ring in the program is damaged")

// Poll calls visit for each record that has come, in their order, and makes room for
// others. What visit gets is valid until it returns.
func (r *Reader) Poll(visit func(*Record)) error {
	const most = 256
	var w [24]byte
	if err := r.p.ReadAt(w[:], r.header+fieldHead); err != nil {
		return err
	}
	head := binary.LittleEndian.Uint64(w[:])
	r.lost = binary.LittleEndian.Uint64(w[16:])
	if head-r.tail > records {
		return errRing
	}
	if r.buf == nil {
		r.buf = make([]byte, most*recordSize)
	}
	var rec Record
	for r.tail != head {
		i := r.tail % records
		n := min(head-r.tail, records-i, most)
		b := r.buf[:n*recordSize]
		if err := r.p.ReadAt(b, r.at+i*recordSize); err != nil {
			return err
		}
		whole := uint64(0)
		for whole < n && binary.LittleEndian.Uint64(b[whole*recordSize:]) == r.tail+whole+1 {
			whole++
		}
		if whole == 0 {
			return nil // it is still being written
		}
		// Once more: what was written before the number is there by now.
		b = b[:whole*recordSize]
		if err := r.p.ReadAt(b, r.at+i*recordSize); err != nil {
			return err
		}
		for ; len(b) > 0; b = b[recordSize:] {
			if rec.decode(b, r.names) {
				visit(&rec)
			}
		}
		r.tail += whole
		var t [8]byte
		binary.LittleEndian.PutUint64(t[:], r.tail)
		if err := r.p.WriteAt(t[:], r.header+fieldTail); err != nil {
			return err
		}
		if whole < n {
			return nil
		}
	}
	return nil
}

// decode reads a record; ok: it is one.
func (r *Record) decode(b []byte, names []string) (ok bool) {
	if len(b) < recordSize {
		return false
	}
	u := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	f, n := uint32(u(1)), u(11)
	if int64(f) >= int64(len(names)) || n > goDepth {
		return false
	}
	pcs := r.Go[:0]
	*r = Record{Func: names[f], TID: int(uint32(u(1) >> 32)), Start: int64(u(2)), End: int64(u(3)), CPU: int64(u(4)), GoID: u(5), Caller: u(6),
		Object: u(7), Queue: u(8), Size: u(9), Result: int32(u(10))}
	for i := range int(n) {
		pcs = append(pcs, u(recordGo/8+i))
	}
	r.Go = pcs
	return true
}
