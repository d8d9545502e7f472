package wasm

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

//go:embed parts.js
var partsFile string

// partsJS is the function in parts.js, which has a comment before it. It is kept: the
// engine compiles well only what is called again.
var partsJS = "function(n, at) { this.gather ||= " + strings.Replace(strings.TrimSpace(partsFile[strings.Index(partsFile, "function("):]), "LATER", laterJS, 1) + "; return this.gather(n, at); }"

// Parts say where in a program's memory the parts lie that tell what its goroutines do.
// Addresses, offsets and sizes are in bytes.
type Parts struct {
	Pointers [][2]uint64 `json:"pointers"` // variables with pointers: from, to
	Plain    [][2]uint64 `json:"plain"`    // variables without
	Heap     uint64      `json:"heap"`     // behind all variables: what is there can be pointed to
	Allgs    uint64      `json:"allgs"`    // of a slice of the addresses of all goroutines
	G        uint64      `json:"g"`        // size of a goroutine's record
	Lo       uint64      `json:"lo"`       // in it: where its stack begins,
	Hi       uint64      `json:"hi"`       // where it ends,
	SP       uint64      `json:"sp"`       // the stack pointer of one that does not run
	M        uint64      `json:"m"`        // and its thread
	Thread   uint64      `json:"thread"`   // size of a thread's record
}

// bounds of what is gathered while the page stands.
type bounds struct {
	Parts
	Block      int `json:"block"`      // bytes that are taken together
	Near       int `json:"near"`       // bytes behind an address that something points to
	Stack      int `json:"stack"`      // bytes of a goroutine's stack
	Goroutines int `json:"goroutines"` //
	Rounds     int `json:"rounds"`     // pointers followed, one after the other
	Bytes      int `json:"bytes"`      //
	MS         int `json:"ms"`         // what following pointers may take
}

var partBounds = bounds{Block: 512, Near: 256, Stack: 64 << 10, Goroutines: 50_000, Rounds: 4, Bytes: 16 << 20, MS: 20}

// gathered are the parts of a memory as they were at one moment.
type gathered struct {
	parts []byte
	size  int64 // of the memory
	sp    uint64
	whole bool // nothing was left out for its size or for the time it takes
}

// taken is a gathering of which the browser has the bytes.
type taken struct {
	gathered
	blob *blob
	ms   time.Duration
}

// gather gathers the parts on the page's thread, which must answer or be stopped. They
// are read by readParts.
func (p *Page) gather(ctx context.Context, r *realm, n int, parts Parts, held *Held) (*taken, error) {
	b := partBounds
	b.Parts = parts
	if b.Pointers == nil {
		b.Pointers = [][2]uint64{}
	}
	if b.Plain == nil {
		b.Plain = [][2]uint64{}
	}
	var m struct {
		made
		SP    uint64
		Whole bool
	}
	blob, err := p.blobOf(ctx, r, &m, func() (int64, error) {
		if m.Size < 0 {
			return 0, errNoMemory
		}
		return m.Got, nil
	}, partsJS, n, b)
	if err != nil {
		return nil, err
	}
	if blob == nil {
		return nil, errBrokenOff
	}
	took := m.took()
	*held = append(*held, took)
	return &taken{gathered{size: m.Size, sp: m.SP, whole: m.Whole}, blob, took}, nil
}

func (p *Page) readParts(ctx context.Context, r *realm, t *taken) (err error) {
	t.parts, err = p.readBlob(ctx, r, t.blob, make([]byte, 0, t.blob.size))
	return err
}

// over lays the parts over a copy of the memory that was made at another moment, and
// returns it, longer where the memory has grown.
func (g *gathered) over(mem []byte) ([]byte, error) {
	broken := fmt.Errorf("%w: the parts of the memory", errBrokenOff)
	if g.size > maxMemory || len(g.parts) < 4 {
		return nil, broken
	}
	if more := g.size - int64(len(mem)); more > 0 {
		mem = append(mem, make([]byte, more)...)
	}
	runs := int64(binary.LittleEndian.Uint32(g.parts))
	at := 4 + 8*runs
	if at > int64(len(g.parts)) {
		return nil, broken
	}
	for i := range runs {
		from := int64(binary.LittleEndian.Uint32(g.parts[4+8*i:])) * int64(partBounds.Block)
		n := int64(binary.LittleEndian.Uint32(g.parts[8+8*i:])) * int64(partBounds.Block)
		if from > int64(len(mem)) || n > int64(len(g.parts))-at {
			return nil, broken
		}
		copy(mem[from:], g.parts[at:at+n])
		at += n
	}
	return mem, nil
}

// same reports whether nothing of what was gathered has changed between two moments:
// nothing of the program ran, since that leaves traces in the runtime's own variables
// and in the goroutines' records.
func (g *gathered) same(h *gathered) bool {
	return g.size == h.size && g.sp == h.sp && bytes.Equal(g.parts, h.parts)
}

// wholeAtOnce is up to which size, in bytes, a memory is copied in one go for its
// goroutines, too: that takes some 20 ms.
const wholeAtOnce = 48 << 20

// Look is what a look at a program's goroutines gives.
type Look struct {
	Memory []byte // the caller's, until it is given to the next look
	Of     Instance
	// Moved: the program ran while the rest of its memory was copied. Its goroutines and
	// what they wait for are of one moment, and not the heap.
	Moved bool
	Held  Held
}

// LookAt copies the memory of the page's Go program for its goroutines. A small one is
// copied as [Page.Memory] does. Of others the parts that parts names in an earlier copy
// are gathered at one moment, and the rest is copied piece by piece, between which the
// page goes on. parts is first asked without a copy, for what it knows of an instance. The copy is made over
// last, an earlier one that is no longer wanted, if there is one.
// Where another program is started meanwhile, it looks at that. Errors: those of Memory.
func (p *Page) LookAt(ctx context.Context, last []byte, parts func(of Instance, mem []byte) (Parts, bool)) (l *Look, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 60*time.Second, errBrokenOff)
	defer cancel()
	var held Held
	err = p.last(ctx, func(f found) error {
		l = &Look{Of: f.instance, Held: held}
		err := p.lookAt(ctx, f, last, parts, l)
		last, held = nil, l.Held
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (p *Page) lookAt(ctx context.Context, f found, last []byte, parts func(of Instance, mem []byte) (Parts, bool), l *Look) error {
	r, n := f.realm, f.n
	size, err := p.memorySize(ctx, r, n)
	if err != nil {
		return err
	}
	if size <= wholeAtOnce {
		l.Memory, err = p.whole(ctx, r, n, &l.Held)
		return err
	}
	if where, ok := parts(l.Of, nil); ok {
		if done, err := p.still(ctx, r, n, where, last, l); done || err != nil {
			return err
		}
	}
	if l.Memory, err = p.live(ctx, r, n, last, &l.Held); err != nil {
		return err
	}
	where, ok := parts(l.Of, l.Memory)
	if !ok { // nothing that could be gathered is known
		l.Memory, err = p.whole(ctx, r, n, &l.Held)
		return err
	}
	t, err := p.gather(ctx, r, n, where, &l.Held)
	if err == nil {
		err = p.readParts(ctx, r, t)
	}
	if err != nil {
		return err
	}
	l.Moved = true
	l.Memory, err = t.over(l.Memory)
	return err
}

// still copies the memory between two gatherings, within the page, which takes some tenths
// of a second, again if the program ran meanwhile, and then hands it over. It reports
// false where there is no room for it.
func (p *Page) still(ctx context.Context, r *realm, n int, where Parts, last []byte, l *Look) (done bool, err error) {
	const tries = 3
	defer p.leave(ctx, r)
	reserved, err := p.copied(ctx, r, &l.Held, reserveJS, n, 1)
	if err != nil || !reserved.Room {
		return false, err
	}
	var after *taken
	var size int64
	for i := 0; i < tries && (i == 0 || l.Moved); i++ {
		before, err := p.gather(ctx, r, n, where, &l.Held)
		if err != nil {
			return false, err
		}
		if size, err = p.fill(ctx, r, n, &l.Held); err != nil {
			return false, err
		}
		if after, err = p.gather(ctx, r, n, where, &l.Held); err != nil {
			return false, err
		}
		for _, t := range []*taken{before, after} {
			if err := p.readParts(ctx, r, t); err != nil {
				return false, err
			}
		}
		l.Moved = !before.same(&after.gathered)
	}
	if size > reserved.Size+min(reserved.Size/16, 16<<20) { // it has outgrown the room
		return false, nil
	}
	if l.Memory, err = p.handOver(ctx, r, size, last, &l.Held); err != nil {
		return false, err
	}
	l.Memory, err = after.over(l.Memory)
	return true, err
}

// memorySize is the size of the instance's memory, in bytes.
func (p *Page) memorySize(ctx context.Context, r *realm, n int) (int64, error) {
	var size int64
	err := p.on(ctx, r, `function(n) { const slot = this.instances[n]; return slot ? slot.memory.buffer.byteLength : -1; }`, &size, n)
	if err == nil && size < 0 {
		err = errNoMemory
	}
	return size, err
}
