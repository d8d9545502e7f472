package image

import (
	"bytes"
	"errors"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"

	"github.com/gomedic/gomedic/internal/proc"
)

// chunker makes chunks: it reads a piece of memory, looks at each page, and
// compresses what is worth it. One chunker serves one goroutine.
type chunker struct {
	src    *Source
	enc    *zstd.Encoder
	buf    []byte // of the piece
	other  []byte // of the file that is mapped there
	ranges []proc.Range
	free   <-chan []byte // buffers to be used again
}

func newChunker(src *Source, free <-chan []byte) *chunker {
	return &chunker{src: src, enc: newEncoder(), buf: make([]byte, chunkSize), free: free}
}

var zeros [pageSize]byte

// run fills in the job's record, and what is to be written. It fails only when
// going on makes no sense: a page that cannot be read is noted, and that is all.
func (c *chunker) run(j *job) error {
	r := &j.rec
	b := c.buf[:r.length]
	if j.piece == nil {
		f := c.src.Files[r.space-1]
		if err := readFull(f.Data, b, int64(r.addr)); err != nil {
			return &proc.Error{Op: "put the program into the heap file", Reason: proc.Unreadable, Detail: f.Path, Err: err}
		}
		for page := range r.npages() {
			r.set(page, storedPage)
		}
	} else if err := c.memory(j, b); err != nil {
		return err
	}
	n := 0 // bytes of b that are to be stored, moved to its front
	for page := range r.npages() {
		if r.state(page) != storedPage {
			continue
		}
		this := b[page*pageSize : min(len(b), (page+1)*pageSize)]
		if bytes.Equal(this, zeros[:len(this)]) {
			r.set0(page)
			continue
		}
		if n != page*pageSize {
			copy(b[n:], this)
		}
		n += len(this)
	}
	if n > 0 {
		select {
		case j.out = <-c.free:
		default:
		}
		j.out = c.enc.EncodeAll(b[:n], j.out)
		r.stored, r.crc = uint32(len(j.out)), crc32.Checksum(j.out, castagnoli)
		return nil
	}
	if files := r.count(filePage); files == 0 {
		missing := r.count(missingPage)
		switch missing {
		case 0:
			r.kind = allZero
		case r.npages():
			r.kind = allMissing
			r.lo, r.hi = [pages / 64]uint64{}, [pages / 64]uint64{}
		}
	}
	if r.count(filePage) == 0 {
		r.backing, r.from = 0, 0
	}
	return nil
}

func (r *record) set0(page int) {
	b := uint(page) % 64
	r.lo[page/64] &^= 1 << b
	r.hi[page/64] &^= 1 << b
}

// memory reads the piece's memory into b, and says of each page whether it was
// read and whether it is as in the file.
func (c *chunker) memory(j *job, b []byte) error {
	r := &j.rec
	n := r.npages()
	if err := c.read(j, b, n); err != nil {
		return err
	}
	if r.backing == 0 {
		return nil
	}
	if c.other == nil {
		c.other = make([]byte, chunkSize)
	}
	o := c.other[:len(b)]
	got := fileAt(c.src.Files[r.backing-1], o, r.from)
	for page := range n {
		at := page * pageSize
		if at >= got {
			break
		}
		switch s := r.state(page); {
		case s == storedPage && bytes.Equal(b[at:at+pageSize], o[at:at+pageSize]),
			s == missingPage && j.piece.constant: // a core file lacks what is in the program
			r.set0(page)
			r.set(page, filePage)
		}
	}
	return nil
}

// fileAt reads what a mapping of the file shows from the offset on: behind the end
// of the file, zeros to the end of the page. It returns how many bytes those are.
func fileAt(f File, b []byte, offset uint64) int {
	clear(b)
	if offset >= uint64(f.Size) {
		return 0
	}
	n := int(min(uint64(len(b)), uint64(f.Size)-offset))
	if readFull(f.Data, b[:n], int64(offset)) != nil {
		return 0
	}
	return min(len(b), (n+pageSize-1)&^(pageSize-1))
}

// read reads the pages that were ever written: at once, and where that fails, each
// for itself.
func (c *chunker) read(j *job, b []byte, n int) error {
	r := &j.rec
	want := [pages]bool{}
	for page := range n {
		want[page] = true
	}
	if j.piece.anonymous && c.src.Populated != nil {
		clear(want[:])
		if err := c.src.Populated(r.addr, want[:n]); err != nil {
			for page := range n {
				want[page] = true
			}
		}
	}
	for page := 0; page < n; {
		if !want[page] {
			clear(b[page*pageSize : (page+1)*pageSize])
			page++
			continue
		}
		end := page + 1
		for end < n && want[end] {
			end++
		}
		if err := c.readRun(r, b, page, end); err != nil {
			return err
		}
		page = end
	}
	return nil
}

func (c *chunker) readRun(r *record, b []byte, page, end int) error {
	run := b[page*pageSize : end*pageSize]
	err := c.src.Memory.ReadAt(run, r.addr+uint64(page)*pageSize)
	if err == nil {
		for ; page < end; page++ {
			r.set(page, storedPage)
		}
		return nil
	}
	if over(err) {
		return err
	}
	c.ranges = c.ranges[:0]
	for i := page; i < end; i++ {
		c.ranges = append(c.ranges, proc.Range{Addr: r.addr + uint64(i)*pageSize, Buf: b[i*pageSize : (i+1)*pageSize]})
	}
	c.src.Memory.ReadMany(c.ranges)
	lost := -1
	for i := range c.ranges {
		s := storedPage
		if !c.ranges[i].OK {
			s, lost = missingPage, i
			clear(c.ranges[i].Buf)
		}
		r.set(page+i, s)
	}
	if lost >= 0 { // ReadMany does not say why
		if err := c.src.Memory.ReadAt(c.ranges[lost].Buf, c.ranges[lost].Addr); err != nil && over(err) {
			return err
		}
	}
	return nil
}

// over reports whether an error means that nothing more can be read: that a page is
// not there is proc.ErrRead.
func over(err error) bool { return !errors.Is(err, proc.ErrRead) }
