package gort

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// Bucket is the allocations of one size at one place that the heap profiler has
// noted: samples, one for each MemProfileRate bytes, see [Scale].
type Bucket struct {
	Stack []uint64 // return addresses, innermost first: one for each logical call
	Size  uint64   // of one object, bytes
	// What was noted so far. Of the objects that are garbage, those count as freed
	// that were swept.
	AllocObjects, AllocBytes uint64
	FreeObjects, FreeBytes   uint64
	// The same as of the last collection: what it found unreachable counts as freed,
	// and what was allocated since does not count. Between two readings more may have
	// been settled than was noted: what had been noted before the first.
	Settled BucketCounts
}

// BucketCounts are what was allocated and freed.
type BucketCounts struct {
	AllocObjects, AllocBytes, FreeObjects, FreeBytes uint64
}

// Bounds on the profile, which the target's memory tells.
const (
	maxBuckets     = 1 << 20
	maxBucketPCs   = 1 << 24 // of all stacks together
	maxBucketStack = 1 << 10 // maxProfStackDepth, runtime/mprof.go
	memBucket      = 1       // memProfile, of bucketType
	memCycles      = 3
)

// MemBuckets reads the target's heap profile; it is empty as long as nothing was
// noted. A bucket never moves and is never freed, and its stack never changes.
// Its counts may be those of the moment in which the runtime publishes them, so
// that the program's own reading takes a lock; here a collection that ends
// meanwhile makes it read again. Errors: the list was not found or is damaged
// (IsBadData), and read errors.
func (p *Program) MemBuckets() ([]Bucket, error) {
	p.globals.bucketsOnce.Do(p.findBuckets)
	if p.globals.buckets == 0 {
		return nil, bad("the heap profile (runtime.mbuckets) was not found")
	}
	var out []Bucket
	for range 3 {
		before := p.gcCycle()
		var err error
		if out, err = p.memBuckets(); err != nil {
			return nil, err
		}
		if p.gcCycle() == before {
			break
		}
	}
	return out, nil
}

// gcCycle is a number that changes with each collection, 0 if it is not known.
func (p *Program) gcCycle() uint64 {
	p.globals.statsOnce.Do(p.findMemStats)
	f, ok := p.Layout.Field("runtime.mstats", "numgc")
	if p.globals.memstats == 0 || !ok {
		return 0
	}
	v, _ := p.word((p.globals.memstats + uint64(f.Offset)) &^ 7)
	return v
}

func (p *Program) memBuckets() ([]Bucket, error) {
	at, err := p.word(p.globals.buckets)
	if err != nil {
		return nil, err
	}
	l, ok := bucketLayoutOf(p.Layout)
	if !ok {
		return nil, bad("no layout of the heap profile")
	}
	var out []Bucket
	r := window{p: p}
	seen := map[uint64]bool{}
	for pcs := 0; at != 0; {
		if seen[at] {
			return nil, bad("the heap profile goes in circles")
		}
		seen[at] = true
		b, next, err := l.read(&r, at)
		if err != nil {
			return nil, err
		}
		if pcs += len(b.Stack); pcs > maxBucketPCs || len(out) >= maxBuckets {
			return nil, bad("more than %d places in the heap profile", len(out))
		}
		out = append(out, b)
		at = next
	}
	return out, nil
}

// bucketLayout is where the parts of a bucket lie: a header, the stack, and the
// record behind it (runtime/mprof.go: newBucket).
type bucketLayout struct {
	head, record, cycle          int64
	next, typ, size, nstk        int64
	active, future               int64
	allocs, frees                int64
	allocBytes, freeBytes, bytes int64 // bytes: 1 if they are counted (until Go 1.26)
}

func bucketLayoutOf(l *layout.Layout) (bucketLayout, bool) {
	head, record, cycle := l.Structs["runtime.bucket"], l.Structs["runtime.memRecord"], l.Structs["runtime.memRecordCycle"]
	b := bucketLayout{head: head.Size, record: record.Size, cycle: cycle.Size}
	ok := head.Size > 0 && head.Size <= 256 && record.Size > 0 && record.Size <= 512 && cycle.Size > 0
	for _, f := range []struct {
		to   *int64
		of   layout.Struct
		name string
	}{
		{&b.next, head, "allnext"}, {&b.typ, head, "typ"}, {&b.size, head, "size"}, {&b.nstk, head, "nstk"},
		{&b.active, record, "active"}, {&b.future, record, "future"}, {&b.allocs, cycle, "allocs"}, {&b.frees, cycle, "frees"},
	} {
		v, have := f.of.Fields[f.name]
		ok = ok && have && v.Offset >= 0 && v.Offset <= f.of.Size-8
		*f.to = v.Offset
	}
	alloc, have1 := cycle.Fields["alloc_bytes"]
	free, have2 := cycle.Fields["free_bytes"]
	if have1 && have2 {
		b.allocBytes, b.freeBytes, b.bytes = alloc.Offset, free.Offset, 1
		ok = ok && max(alloc.Offset, free.Offset) <= cycle.Size-8
	}
	ok = ok && b.active+b.cycle <= b.record && b.future+memCycles*b.cycle <= b.record
	return b, ok
}

// read reads the bucket at addr, and returns the next one's address.
func (l *bucketLayout) read(r *window, addr uint64) (b Bucket, next uint64, err error) {
	head, err := r.bytes(addr, uint64(l.head))
	if err != nil {
		return b, 0, err
	}
	next = le64(head[l.next:])
	b.Size = le64(head[l.size:])
	n := le64(head[l.nstk:])
	if le64(head[l.typ:]) != memBucket || n > maxBucketStack || addr%8 != 0 || b.Size > maxMemory {
		return b, 0, bad("no heap profile at %#x", addr)
	}
	rest, err := r.bytes(addr+uint64(l.head), n*8+uint64(l.record))
	if err != nil {
		return b, 0, err
	}
	b.Stack = make([]uint64, n)
	for i := range b.Stack {
		b.Stack[i] = le64(rest[8*i:])
	}
	rest = rest[n*8:]
	b.Settled = l.counts(rest[l.active:], b.Size)
	b.AllocObjects, b.AllocBytes = b.Settled.AllocObjects, b.Settled.AllocBytes
	b.FreeObjects, b.FreeBytes = b.Settled.FreeObjects, b.Settled.FreeBytes
	for i := range int64(memCycles) {
		c := l.counts(rest[l.future+i*l.cycle:], b.Size)
		b.AllocObjects += c.AllocObjects
		b.AllocBytes += c.AllocBytes
		b.FreeObjects += c.FreeObjects
		b.FreeBytes += c.FreeBytes
	}
	return b, next, nil
}

func (l *bucketLayout) counts(b []byte, size uint64) BucketCounts {
	c := BucketCounts{AllocObjects: le64(b[l.allocs:]), FreeObjects: le64(b[l.frees:])}
	c.AllocBytes, c.FreeBytes = c.AllocObjects*size, c.FreeObjects*size
	if l.bytes != 0 {
		c.AllocBytes, c.FreeBytes = le64(b[l.allocBytes:]), le64(b[l.freeBytes:])
	}
	return c
}

// findBuckets finds runtime.mbuckets: what both the function that adds a bucket
// and the one that walks them name, and that is 0 or points to a bucket.
func (p *Program) findBuckets() {
	if a := p.Symbol("runtime.mbuckets"); a != 0 {
		p.globals.buckets = a + p.bias
		return
	}
	l, ok := bucketLayoutOf(p.Layout)
	if !ok {
		return
	}
	for _, a := range p.bucketsByCode() {
		v, err := p.word(a)
		if err != nil {
			continue
		}
		if v != 0 {
			if _, _, err := l.read(&window{p: p}, v); err != nil {
				continue
			}
		}
		p.globals.buckets = a
		return
	}
}

// bucketsByCode returns what mbuckets may be, by the code that uses it, the most
// likely first.
func (p *Program) bucketsByCode() []uint64 {
	walkers := []string{"runtime.mProf_FlushLocked", "runtime.mProf_Flush", "runtime.mProf_PostSweep"}
	fns := p.Lookup(append([]string{"runtime.stkbucket"}, walkers...)...)
	adds, ok := fns["runtime.stkbucket"]
	if !ok {
		return nil
	}
	names := map[uint64]bool{}
	for _, a := range p.references(adds) {
		names[a] = a%8 == 0 && p.isVariable(a)
	}
	var out []uint64
	for _, name := range walkers {
		fn, ok := fns[name]
		if !ok {
			continue
		}
		for _, a := range p.references(fn) {
			if names[a] {
				out = append(out, a)
			}
		}
	}
	return out
}

// window reads small pieces that lie close together with few system calls. What
// it gives is good until the next call.
type window struct {
	p    *Program
	base uint64
	buf  []byte
}

// bytes returns n bytes at addr.
func (w *window) bytes(addr, n uint64) ([]byte, error) {
	const size = 64 << 10
	if addr >= w.base && addr-w.base <= uint64(len(w.buf)) && n <= uint64(len(w.buf))-(addr-w.base) {
		return w.buf[addr-w.base:][:n], nil
	}
	if n > size {
		return nil, bad("%d bytes at once", n)
	}
	if len(w.buf) < size {
		w.buf = make([]byte, size)
	}
	w.base = addr
	if w.p.mem.ReadAt(w.buf, addr) == nil {
		return w.buf[:n], nil
	}
	w.buf = w.buf[:n] // at the end of what can be read
	if err := w.p.mem.ReadAt(w.buf, addr); err != nil {
		w.buf, w.base = nil, 0
		return nil, err
	}
	return w.buf, nil
}

// BucketsSince returns what was noted since before: the buckets of now with the
// counts of before taken off; those that did not change are left out. Both must
// be of one program; they may be in any order.
func BucketsSince(before, now []Bucket) []Bucket {
	had := make(map[string]*Bucket, len(before))
	for i := range before {
		had[before[i].key()] = &before[i]
	}
	var out []Bucket
	for _, b := range now {
		if o := had[b.key()]; o != nil {
			b.AllocObjects, b.AllocBytes = less(b.AllocObjects, o.AllocObjects), less(b.AllocBytes, o.AllocBytes)
			b.FreeObjects, b.FreeBytes = less(b.FreeObjects, o.FreeObjects), less(b.FreeBytes, o.FreeBytes)
			s, t := &b.Settled, &o.Settled
			s.AllocObjects, s.AllocBytes = less(s.AllocObjects, t.AllocObjects), less(s.AllocBytes, t.AllocBytes)
			s.FreeObjects, s.FreeBytes = less(s.FreeObjects, t.FreeObjects), less(s.FreeBytes, t.FreeBytes)
		}
		if b.AllocObjects != 0 || b.FreeObjects != 0 || b.Settled != (BucketCounts{}) {
			out = append(out, b)
		}
	}
	return out
}

func less(a, b uint64) uint64 { return a - min(a, b) }

// key tells buckets apart: the runtime has one for each stack and size.
func (b *Bucket) key() string {
	k := make([]byte, 0, 8*len(b.Stack)+8)
	for _, pc := range b.Stack {
		k = binary.LittleEndian.AppendUint64(k, pc)
	}
	return string(binary.LittleEndian.AppendUint64(k, b.Size))
}

// Scale estimates from samples how many objects and bytes there were: an object
// of size bytes is noted with probability 1-exp(-size/rate), as the distance
// between samples is exponentially distributed (runtime/malloc.go: nextSample;
// runtime/pprof does the same). A rate of 1 or less notes each.
func Scale(objects, bytes uint64, rate int64) (float64, float64) {
	if objects == 0 || bytes == 0 {
		return 0, 0
	}
	o, b := float64(objects), float64(bytes)
	if rate <= 1 {
		return o, b
	}
	f := 1 / -math.Expm1(-b/o/float64(rate))
	return o * f, b * f
}

// BucketCalls returns the logical calls of a bucket's stack, innermost first,
// without the runtime's own at the top: how it allocates is of no interest. The
// runtime notes an address for each logical call, inlined ones too, so each
// stands for the innermost call at it (runtime/traceback.go: tracebackPCs).
func (p *Program) BucketCalls(b *Bucket) []Call {
	out := make([]Call, 0, len(b.Stack))
	for _, pc := range b.Stack {
		if calls := p.callsAt(pc, false); len(calls) > 0 {
			out = append(out, calls[0])
		}
	}
	for i := range out {
		if !strings.HasPrefix(out[i].Function, "runtime.") {
			return out[i:]
		}
	}
	return out
}
