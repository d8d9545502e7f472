package image

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gomedic/gomedic/internal/proc"
)

// Write writes a heap file to w. It reads each byte of the memory once, several
// chunks at a time. Errors are those of w, ctx's, and an *proc.Error when the
// process ended meanwhile; what was written until then is of no use.
func Write(ctx context.Context, w io.Writer, src Source, o Options) (Info, error) {
	src.Mappings = inOrder(src.Mappings)
	h := newHead(&src)
	if err := embed(h, src.Files); err != nil {
		return Info{}, err
	}
	keep, out := choose(src.Mappings, h.Files, o)
	h.LeftOut = out
	x := &writer{src: &src, w: w, h: h, progress: o.Progress, workers: o.Workers}
	if x.workers <= 0 {
		x.workers = runtime.GOMAXPROCS(0)
	}
	for _, p := range keep {
		x.total += int64(p.end - p.start)
	}
	for i := range h.Files {
		if h.Files[i].Same == 0 {
			x.total += h.Files[i].Size
		}
	}
	if err := x.write(header()); err != nil {
		return Info{}, err
	}
	if err := x.chunks(ctx, keep); err != nil {
		return Info{}, err
	}
	slices.SortStableFunc(x.records, compare)
	packed, raw, err := index(h, x.records)
	if err != nil {
		return Info{}, err
	}
	at := x.at
	if err := errors.Join(x.write(packed), x.write(trailer(at, packed, raw))); err != nil {
		return Info{}, err
	}
	return summary(h, x.records, int64(x.at)), nil
}

// inOrder sorts a memory map and makes its parts disjoint: one that changes while it
// is read, or a core file's, can be otherwise.
func inOrder(mappings []proc.Mapping) []proc.Mapping {
	sorted := slices.Clone(mappings)
	slices.SortStableFunc(sorted, func(a, b proc.Mapping) int { return cmp.Compare(a.Start, b.Start) })
	out, end := sorted[:0], uint64(0)
	for _, m := range sorted {
		if m.Start < end {
			m.Offset += end - m.Start
			m.Start = end
		}
		if m.End > m.Start {
			out, end = append(out, m), m.End
		}
	}
	return out
}

func newHead(src *Source) *head {
	h := &head{Meta: src.Meta, Entry: src.Entry}
	h.Meta.Schema, h.Meta.PageSize = Schema, max(h.Meta.PageSize, pageSize)
	for i := range src.Mappings {
		m := &src.Mappings[i]
		h.Mappings = append(h.Mappings, headMapping{m.Start, m.End, perms(m), m.Offset, m.Inode, m.Path})
	}
	for tid, r := range src.Threads {
		h.Threads = append(h.Threads, headThread{tid, r.PC, r.SP, r.FP, r.LR, r.TLS, r.Syscall, r.All})
	}
	slices.SortFunc(h.Threads, func(a, b headThread) int { return a.TID - b.TID })
	return h
}

// embed lists the files, each content once.
func embed(h *head, files []File) error {
	for i, f := range files {
		if f.Size < 0 || f.Size > maxFileSize || len(files) > maxFiles {
			return &proc.Error{Op: "put the program into the heap file", Reason: proc.Unreadable, Detail: f.Path}
		}
		hf := headFile{Path: f.Path, Size: f.Size}
		for j := range i {
			if files[j].Size == f.Size && h.Files[j].Same == 0 && equal(files[j], f) {
				hf.Same = j + 1
				break
			}
		}
		h.Files = append(h.Files, hf)
	}
	return nil
}

func equal(a, b File) bool {
	var x, y [64 << 10]byte
	for at := int64(0); at < a.Size; at += int64(len(x)) {
		n := min(int64(len(x)), a.Size-at)
		if readFull(a.Data, x[:n], at) != nil || readFull(b.Data, y[:n], at) != nil || !bytes.Equal(x[:n], y[:n]) {
			return false
		}
	}
	return true
}

// readFull fills b from the offset at: unlike ReadAt, which may say io.EOF with it.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// writer is a heap file that is being written.
type writer struct {
	src      *Source
	w        io.Writer
	h        *head
	at       uint64 // bytes written
	records  []record
	progress func(done, total int64)
	done     int64
	total    int64
	told     time.Time
	workers  int
	free     chan []byte // buffers of chunks that are written
}

func (x *writer) write(b []byte) error {
	n, err := x.w.Write(b)
	x.at += uint64(n)
	return err
}

// job is one chunk on its way.
type job struct {
	rec   record
	piece *piece // nil: of a file
	out   []byte
	err   error
	ready chan struct{}
}

// chunks writes all chunks. Workers read and compress them, each its own; they are
// written in the order of their addresses, so that the same memory makes the same
// file.
func (x *writer) chunks(ctx context.Context, keep []piece) error {
	ctx, cancel := context.WithCancel(ctx)
	x.free = make(chan []byte, 4*x.workers)
	work, order := make(chan *job, x.workers), make(chan *job, 4*x.workers)
	var group sync.WaitGroup
	for range x.workers {
		group.Go(func() {
			c := newChunker(x.src, x.free)
			for j := range work {
				if ctx.Err() == nil {
					j.err = c.run(j)
				}
				close(j.ready)
			}
		})
	}
	group.Go(func() {
		defer close(work)
		defer close(order)
		x.plan(keep, func(j *job) bool {
			select {
			case order <- j:
				work <- j
				return true
			case <-ctx.Done():
				return false
			}
		})
	})
	defer group.Wait()
	defer cancel()
	for j := range order {
		select {
		case <-j.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if j.err == nil {
			j.err = ctx.Err()
		}
		if j.err != nil {
			return j.err
		}
		if err := x.add(j); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// plan hands out the chunks, until hand returns false. Chunks of memory begin at
// multiples of their size, so that those of two heap files of one process compare.
func (x *writer) plan(keep []piece, hand func(*job) bool) {
	for i := range keep {
		p := &keep[i]
		for at := p.start; at < p.end; {
			n := min(p.end, (at+chunkSize)&^(chunkSize-1)) - at
			j := &job{piece: p, ready: make(chan struct{})}
			j.rec = record{addr: at, length: n, backing: p.backing, from: p.from + (at - p.start)}
			if p.backing == 0 {
				j.rec.from = 0
			}
			if !hand(j) {
				return
			}
			at += n
		}
	}
	for i := range x.h.Files {
		f := &x.h.Files[i]
		for at := int64(0); at < f.Size && f.Same == 0; at += chunkSize {
			j := &job{ready: make(chan struct{})}
			j.rec = record{space: uint32(i + 1), addr: uint64(at), length: uint64(min(chunkSize, f.Size-at))}
			if !hand(j) {
				return
			}
		}
	}
}

// add writes a chunk that is ready.
func (x *writer) add(j *job) error {
	r := &j.rec
	if len(j.out) > 0 {
		r.offset = x.at
		if err := x.write(j.out); err != nil {
			return err
		}
	}
	select {
	case x.free <- j.out[:0]:
	default:
	}
	x.done += int64(r.length)
	if last := len(x.records) - 1; last < 0 || !x.records[last].join(r) {
		x.records = append(x.records, *r)
	}
	if x.progress != nil && (time.Since(x.told) > 20*time.Millisecond || x.done == x.total) {
		x.told = time.Now()
		x.progress(x.done, x.total)
	}
	return nil
}

// join makes one record of two that follow each other and are all the same.
func (r *record) join(next *record) bool {
	if r.kind == inPages || r.kind != next.kind || r.space != next.space || r.addr+r.length != next.addr {
		return false
	}
	r.length += next.length
	r.backing, r.from = 0, 0
	return true
}

func compare(a, b record) int {
	return cmp.Or(cmp.Compare(a.space, b.space), cmp.Compare(a.addr, b.addr))
}

// summary adds up what the records say.
func summary(h *head, records []record, size int64) Info {
	i := Info{Size: size, Threads: len(h.Threads), LeftOut: h.LeftOut}
	for k := range h.Mappings {
		if m := h.Mappings[k].mapping(); m.Read {
			i.Readable += int64(m.End - m.Start)
		}
	}
	for k := range records {
		r := &records[k]
		if r.stored > 0 {
			i.Chunks++
		}
		if r.space != 0 {
			i.Files += int64(r.length)
			continue
		}
		zero, missing := int64(r.size(zeroPage)), int64(r.size(missingPage))
		i.Zero += zero
		i.Unreadable += missing
		i.Stored += int64(r.size(storedPage))
		i.InFiles += int64(r.size(filePage))
		i.Kept += int64(r.length) - missing
	}
	return i
}

// newEncoder returns a compressor of chunks. Compressing must keep up with the
// memory, of which there is much, and much of it repeats: the fastest level does.
func newEncoder() *zstd.Encoder {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithWindowSize(chunkSize))
	if err != nil {
		panic(fmt.Sprintf("zstd refuses constant options: %v", err))
	}
	return enc
}
