package image

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/gomedic/gomedic/internal/proc"
)

// ReadAt reads the memory as it was. Memory that was left out or could not be read
// gives proc.ErrRead, a damaged chunk an *proc.Error with reason Damaged. Long reads
// decompress several chunks at a time.
func (m *Image) ReadAt(p []byte, addr uint64) error {
	if e := m.last.Load(); e != nil && addr >= e.rec.addr && addr-e.rec.addr < e.rec.length &&
		uint64(len(p)) <= e.rec.length-(addr-e.rec.addr) {
		off := addr - e.rec.addr
		if !e.rec.readable(off, len(p)) {
			return proc.ErrRead
		}
		copy(p, e.data[off:])
		return nil
	}
	return m.read(m.memory, p, addr)
}

// ReadMany reads the ranges in the order of their addresses, so that each chunk is
// decompressed once.
func (m *Image) ReadMany(ranges []proc.Range) {
	if slices.IsSortedFunc(ranges, func(a, b proc.Range) int { return cmp.Compare(a.Addr, b.Addr) }) {
		for i := range ranges {
			ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
		}
		return
	}
	order := make([]int, len(ranges))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(ranges[a].Addr, ranges[b].Addr) })
	for _, i := range order {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// span is the part of a read that one record answers.
type span struct {
	rec *record
	dst []byte
	off uint64
}

// read fills p from the records, which are all of one space, or fails.
func (m *Image) read(records []record, p []byte, addr uint64) error {
	i := sort.Search(len(records), func(i int) bool { return records[i].addr+records[i].length > addr })
	var spans []span
	for ; len(p) > 0; i++ {
		if i == len(records) || addr < records[i].addr {
			return proc.ErrRead
		}
		r := &records[i]
		off := addr - r.addr
		n := min(uint64(len(p)), r.length-off)
		if uint64(len(p)) == n && spans == nil {
			return m.part(r, p, off)
		}
		spans = append(spans, span{r, p[:n], off})
		p, addr = p[n:], addr+n
	}
	return m.spread(spans)
}

// spread reads the spans, several at a time where it is worth it.
func (m *Image) spread(spans []span) error {
	workers := min(runtime.GOMAXPROCS(0), len(spans)/2)
	if workers < 2 {
		for _, s := range spans {
			if err := m.part(s.rec, s.dst, s.off); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(spans) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = m.part(spans[i].rec, spans[i].dst, spans[i].off)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// part reads a part of one record.
func (m *Image) part(r *record, dst []byte, off uint64) error {
	switch r.kind {
	case allZero:
		clear(dst)
		return nil
	case allMissing:
		return proc.ErrRead
	}
	if !r.readable(off, len(dst)) {
		return proc.ErrRead
	}
	if uint64(len(dst)) == r.length && r.length > chunkSize/4 && !m.cache.has(r) {
		return m.expand(r, dst) // read once, from one end to the other: not worth keeping
	}
	e := m.cache.get(r)
	e.once.Do(func() {
		b := make([]byte, r.length)
		if e.err = m.expand(r, b); e.err == nil {
			e.data = b
		}
	})
	if e.err != nil {
		return e.err
	}
	if r.space == 0 {
		m.last.Store(e)
	}
	copy(dst, e.data[off:])
	return nil
}

// readable reports whether all of n bytes of a chunk from off on were read.
func (r *record) readable(off uint64, n int) bool {
	if n == 0 {
		return true
	}
	for page := int(off / pageSize); page <= int((off+uint64(n)-1)/pageSize); page++ {
		if r.state(page) == missingPage {
			return false
		}
	}
	return true
}

var scratch = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// expand fills dst with the record's pages.
func (m *Image) expand(r *record, dst []byte) error {
	raw := int(r.size(storedPage))
	if raw == len(dst) {
		return m.unpack(r, dst)
	}
	var packed []byte
	if raw > 0 {
		buf := scratch.Get().(*[chunkSize]byte)
		defer scratch.Put(buf)
		packed = buf[:raw]
		if err := m.unpack(r, packed); err != nil {
			return err
		}
	}
	clear(dst)
	for page, n := 0, r.npages(); page < n; page++ {
		at := page * pageSize
		switch r.state(page) {
		case storedPage:
			packed = packed[copy(dst[at:min(len(dst), at+pageSize)], packed):]
		case filePage:
			end := page + 1
			for end < n && r.state(end) == filePage {
				end++
			}
			if err := m.fromFile(r, dst[at:end*pageSize], uint64(at)); err != nil {
				return err
			}
			page = end - 1
		}
	}
	return nil
}

// fromFile reads pages that are as in the file that is mapped there; behind the
// file's end they are zero.
func (m *Image) fromFile(r *record, dst []byte, off uint64) error {
	i := r.backing - 1
	if same := m.head.Files[i].Same; same != 0 {
		i = uint32(same - 1)
	}
	at, size := r.from+off, uint64(m.head.Files[i].Size)
	if at >= size {
		return nil
	}
	return m.read(m.files[i], dst[:min(uint64(len(dst)), size-at)], at)
}

// unpack reads and decompresses the record's chunk into dst, which it fills.
func (m *Image) unpack(r *record, dst []byte) error {
	buf := scratch.Get().(*[chunkSize]byte)
	defer scratch.Put(buf)
	b := buf[:]
	if int(r.stored) > len(b) {
		b = make([]byte, r.stored) // at most a little longer than a chunk: it was checked
	}
	b = b[:r.stored]
	if err := readFull(m.r, b, int64(r.offset)); err != nil {
		return &proc.Error{Op: "read heap file", PID: m.head.Meta.PID, Reason: proc.Damaged, Err: err}
	}
	damaged := func(err error) error {
		return &proc.Error{Op: "read heap file", PID: m.head.Meta.PID, Reason: proc.Damaged, Detail: "a chunk", Err: err}
	}
	if crc32.Checksum(b, castagnoli) != r.crc {
		return damaged(nil)
	}
	got, err := m.dec.DecodeAll(b, dst[:0:len(dst)])
	if err != nil {
		return damaged(err)
	}
	if len(got) != len(dst) {
		return damaged(errors.New("it has another length than it says"))
	}
	return nil
}

// Verify reads every chunk and returns the first damage: an *proc.Error.
func (m *Image) Verify(ctx context.Context) error {
	buf := make([]byte, chunkSize)
	for _, records := range append([][]record{m.memory}, m.files...) {
		for i := range records {
			if err := ctx.Err(); err != nil {
				return err
			}
			if r := &records[i]; r.kind == inPages {
				if err := m.expand(r, buf[:r.length]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// content reads one of the files inside.
type content struct {
	m    *Image
	file int
	size int64
}

func (c *content) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= c.size {
		return 0, io.EOF
	}
	n := min(int64(len(p)), c.size-off)
	if err := c.m.read(c.m.files[c.file], p[:n], uint64(off)); err != nil {
		return 0, err
	}
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

// usualCache is how much memory the chunks may take that are kept decompressed.
const usualCache = 64 << 20

// Cache lets the chunks that were read last take so many bytes, instead of 64 MiB:
// more where small reads go to and fro over much of the memory, each of which would
// decompress a chunk.
func (m *Image) Cache(bytes int64) {
	m.cache.mu.Lock()
	defer m.cache.mu.Unlock()
	m.cache.limit = max(1, int(bytes/chunkSize))
}

// cache keeps the chunks that were read last. Its zero value is empty, and keeps
// none but the last.
type cache struct {
	mu      sync.Mutex
	limit   int // chunks
	entries map[*record]*list.Element
	order   list.List // of *entry, latest first
}

type entry struct {
	rec  *record
	once sync.Once
	data []byte // never changed once it is there: it may be dropped while it is read
	err  error
}

func (c *cache) has(r *record) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[r] != nil
}

func (c *cache) get(r *record) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.entries[r]; el != nil {
		c.order.MoveToFront(el)
		return el.Value.(*entry)
	}
	if c.entries == nil {
		c.entries = make(map[*record]*list.Element)
	}
	for c.order.Len() > 0 && c.order.Len() >= c.limit {
		oldest := c.order.Back()
		delete(c.entries, oldest.Value.(*entry).rec)
		c.order.Remove(oldest)
	}
	e := &entry{rec: r}
	c.entries[r] = c.order.PushFront(e)
	return e
}
