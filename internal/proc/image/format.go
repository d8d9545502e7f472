package image

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"

	"github.com/gomedic/gomedic/internal/proc"
)

// The format: header, chunks, index, trailer; see docs/heap-file.md. All numbers
// are little endian.
const (
	version   = 1
	pageSize  = 4096
	chunkSize = 1 << 20
	pages     = chunkSize / pageSize // of a chunk

	headerSize  = 24
	trailerSize = 48
	recordSize  = 120
)

// The magics begin with a byte that no text has, and hold line ends, which a
// transfer as text would change.
var (
	magic    = []byte("\x89GMHEAP\n")
	magicEnd = []byte("GMHEAP\r\n")
)

// Bounds on what an index may hold. A terabyte of memory has a million chunks.
const (
	maxIndex    = 512 << 20
	maxHead     = 256 << 20
	maxFiles    = 4096
	maxMappings = 1 << 20
	maxThreads  = 1 << 20
	maxFileSize = 8 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// kind is what a record stands for.
type kind uint32

const (
	inPages      kind = iota // at most one chunk, page by page
	allZero                  // any length
	allMissing               // any length: it could not be read
	unknownKinds             // and beyond
)

// state is what is known of one page.
type state uint8

const (
	zeroPage    state = iota
	storedPage        // in the chunk
	missingPage       // could not be read
	filePage          // as in the file that is mapped there
)

// record is an entry of the index: a piece of memory or of a file.
type record struct {
	addr    uint64 // in a file: the offset
	length  uint64
	offset  uint64 // of the chunk in the heap file
	stored  uint32 // bytes of the chunk, compressed
	crc     uint32 // CRC-32C of the chunk as it is stored
	space   uint32 // 0: memory; n: the nth file
	kind    kind
	backing uint32 // 0: none; n: filePage means the nth file
	from    uint64 // offset in that file that belongs to addr
	lo, hi  [pages / 64]uint64
}

func (r *record) state(page int) state {
	b := uint(page) % 64
	return state(r.lo[page/64]>>b&1 | r.hi[page/64]>>b&1<<1)
}

func (r *record) set(page int, s state) {
	b := uint(page) % 64
	r.lo[page/64] |= uint64(s&1) << b
	r.hi[page/64] |= uint64(s>>1) << b
}

// count returns how many pages have the state s, of those whose bits are set:
// zeroPage cannot be counted so.
func (r *record) count(s state) (n int) {
	for i := range r.lo {
		lo, hi := r.lo[i], r.hi[i]
		if s&1 == 0 {
			lo = ^lo
		}
		if s>>1 == 0 {
			hi = ^hi
		}
		n += bits.OnesCount64(lo & hi)
	}
	return n
}

// npages is the number of pages; the last may be a part of one, at a file's end.
func (r *record) npages() int { return int((r.length + pageSize - 1) / pageSize) }

// size returns how many bytes of the record are in the state s.
func (r *record) size(s state) uint64 {
	switch {
	case r.kind == allZero && s == zeroPage, r.kind == allMissing && s == missingPage:
		return r.length
	case r.kind != inPages:
		return 0
	case s == zeroPage:
		return r.length - r.size(storedPage) - r.size(missingPage) - r.size(filePage)
	}
	n := uint64(r.count(s)) * pageSize
	if tail := r.length % pageSize; tail != 0 && r.state(r.npages()-1) == s {
		n -= pageSize - tail
	}
	return n
}

func (r *record) append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint64(b, r.addr)
	b = le.AppendUint64(b, r.length)
	b = le.AppendUint64(b, r.offset)
	b = le.AppendUint32(b, r.stored)
	b = le.AppendUint32(b, r.crc)
	b = le.AppendUint32(b, r.space)
	b = le.AppendUint32(b, uint32(r.kind))
	b = le.AppendUint32(b, r.backing)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, r.from)
	for _, w := range r.lo {
		b = le.AppendUint64(b, w)
	}
	for _, w := range r.hi {
		b = le.AppendUint64(b, w)
	}
	return b
}

func parseRecord(b []byte) (r record) {
	le := binary.LittleEndian
	r.addr, r.length, r.offset = le.Uint64(b), le.Uint64(b[8:]), le.Uint64(b[16:])
	r.stored, r.crc, r.space = le.Uint32(b[24:]), le.Uint32(b[28:]), le.Uint32(b[32:])
	r.kind, r.backing, r.from = kind(le.Uint32(b[36:])), le.Uint32(b[40:]), le.Uint64(b[48:])
	for i := range r.lo {
		r.lo[i], r.hi[i] = le.Uint64(b[56+8*i:]), le.Uint64(b[56+len(r.lo)*8+8*i:])
	}
	return r
}

// check says what is wrong with a record that came out of a file whose chunks end
// at end and whose embedded files have these sizes.
func (r *record) check(end uint64, files []headFile) error {
	switch {
	case r.length == 0 || r.addr+r.length < r.addr:
		return errors.New("a piece has no length")
	case r.kind >= unknownKinds:
		return fmt.Errorf("a piece of kind %d", r.kind)
	case uint64(r.space) > uint64(len(files)) || uint64(r.backing) > uint64(len(files)):
		return errors.New("a piece of a file that is not there")
	case r.addr%pageSize != 0:
		return errors.New("a piece that begins within a page")
	case r.space == 0 && r.length%pageSize != 0:
		return errors.New("a piece that ends within a page")
	case r.kind != inPages:
		return nil
	case r.length > chunkSize:
		return errors.New("a chunk is too large")
	}
	for page := r.npages(); page < pages; page++ {
		if r.state(page) != 0 {
			return errors.New("a page beyond its chunk")
		}
	}
	if r.count(filePage) > 0 {
		if r.space != 0 || r.backing == 0 {
			return errors.New("a page of no file")
		}
		if size := uint64(files[r.backing-1].Size); r.from > size || r.from+r.length < r.from {
			return errors.New("a page beyond its file")
		}
	}
	raw := r.size(storedPage)
	if raw == 0 {
		return nil
	}
	if r.offset < headerSize || r.offset > end || uint64(r.stored) > end-r.offset {
		return errors.New("a chunk beyond the file")
	}
	if uint64(r.stored) > raw+raw/64+1024 { // zstd stores what it cannot compress
		return errors.New("a chunk is longer than what it holds")
	}
	return nil
}

// head is the part of the index that is JSON.
type head struct {
	Meta     Meta          `json:"meta"`
	Entry    uint64        `json:"entry"`
	Mappings []headMapping `json:"mappings"`
	Threads  []headThread  `json:"threads"`
	Files    []headFile    `json:"files"`
	LeftOut  []LeftOut     `json:"left_out,omitempty"`
}

type headMapping struct {
	Start  uint64 `json:"start"`
	End    uint64 `json:"end"`
	Perms  string `json:"perms"` // "rw-p", as /proc/PID/maps has them
	Offset uint64 `json:"offset,omitempty"`
	Inode  uint64 `json:"inode,omitempty"`
	Path   string `json:"path,omitempty"`
}

type headThread struct {
	TID     int      `json:"tid"`
	PC      uint64   `json:"pc"`
	SP      uint64   `json:"sp"`
	FP      uint64   `json:"fp"`
	LR      uint64   `json:"lr,omitempty"`
	TLS     uint64   `json:"tls,omitempty"`
	Syscall int64    `json:"syscall"`
	All     []uint64 `json:"all"`
}

// headFile is a file inside. Same is the number of an earlier one, from 1, that it
// equals, 0: none; it has no pieces of its own then.
type headFile struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	Same int    `json:"same,omitempty"`
}

func perms(m *proc.Mapping) string {
	p := []byte("---p")
	for i, on := range []bool{m.Read, m.Write, m.Exec} {
		if on {
			p[i] = "rwx"[i]
		}
	}
	if m.Shared {
		p[3] = 's'
	}
	return string(p)
}

func (h *headMapping) mapping() proc.Mapping {
	p := (h.Perms + "----")[:4]
	return proc.Mapping{Start: h.Start, End: h.End, Offset: h.Offset, Inode: h.Inode, Path: h.Path,
		Read: p[0] == 'r', Write: p[1] == 'w', Exec: p[2] == 'x', Shared: p[3] == 's'}
}

// header returns the first bytes of a heap file.
func header() []byte {
	le := binary.LittleEndian
	b := append([]byte(nil), magic...)
	b = le.AppendUint32(b, version)
	b = le.AppendUint32(b, pageSize)
	b = le.AppendUint32(b, chunkSize)
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// index packs the index: the length of the JSON part, that part, the records.
func index(h *head, records []record) (packed []byte, raw int, err error) {
	j, err := json.Marshal(h)
	if err != nil {
		return nil, 0, err
	}
	var b []byte
	for i := range records {
		b = records[i].append(b)
	}
	if len(j)+len(b)+8 > maxIndex || len(j) > maxHead || len(h.Mappings) > maxMappings {
		return nil, 0, errors.New("the process has too many mappings")
	}
	return pack(j, b)
}

// pack packs the parts of an index.
func pack(head, records []byte) (packed []byte, raw int, err error) {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	b = append(append(b, head...), records...)
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, 0, err
	}
	return enc.EncodeAll(b, nil), len(b), nil
}

func trailer(at uint64, packed []byte, raw int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint64(nil, at)
	b = le.AppendUint64(b, uint64(len(packed)))
	b = le.AppendUint64(b, uint64(raw))
	b = le.AppendUint32(b, crc32.Checksum(packed, castagnoli))
	b = le.AppendUint32(b, version)
	b = le.AppendUint64(b, at+uint64(len(packed))+trailerSize)
	return append(b, magicEnd...)
}

// IsImage reports whether a file that begins with head is a heap file.
func IsImage(head []byte) bool { return bytes.HasPrefix(head, magic) }

// unpack returns what an index of raw bytes holds.
func unpack(packed []byte, raw uint64) ([]byte, error) {
	if raw > maxIndex {
		return nil, fmt.Errorf("an index of %d bytes", raw)
	}
	dec, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxIndex))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	var b bytes.Buffer // grows with what really comes, not with what is announced
	if _, err := io.Copy(&b, io.LimitReader(dec, int64(raw)+1)); err != nil {
		return nil, err
	}
	if uint64(b.Len()) != raw {
		return nil, errors.New("the index has another length than it says")
	}
	return b.Bytes(), nil
}
