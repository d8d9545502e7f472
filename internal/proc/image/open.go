package image

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"github.com/gomedic/gomedic/internal/proc"
)

// Image is an opened heap file. Its methods may be called from several goroutines.
type Image struct {
	r       io.ReaderAt
	size    int64
	head    head
	memory  []record
	files   [][]record // pieces of each file
	info    Info
	dec     *zstd.Decoder
	cache   cache
	last    atomic.Pointer[entry] // most reads are near the one before
	closing func() error
}

// Op is the operation that the errors of Open and New name.
const Op = "open heap file"

// Open opens a heap file. The error is an *proc.Error with reason NotImage,
// Truncated, Damaged, Newer or OtherArch, or one of the file system.
func Open(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	m, err := New(f, st.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	m.closing = f.Close
	return m, nil
}

// New reads a heap file of size bytes from r. It returns the errors of Open.
func New(r io.ReaderAt, size int64) (*Image, error) {
	m := &Image{r: r, size: size}
	end, err := m.readIndex()
	if err != nil {
		return nil, err
	}
	if err := m.check(end); err != nil {
		return nil, failed(proc.Damaged, err.Error(), nil)
	}
	if a := m.head.Meta.Arch; a != "amd64" && a != "arm64" {
		return nil, failed(proc.OtherArch, fmt.Sprintf("%.32q", a), nil)
	}
	m.Cache(usualCache)
	m.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(8*chunkSize))
	if err != nil {
		return nil, err
	}
	return m, nil
}

func failed(why proc.Reason, detail string, err error) error {
	return &proc.Error{Op: Op, Reason: why, Detail: detail, Err: err}
}

// readIndex reads the head and the records, and returns where the chunks end.
func (m *Image) readIndex() (end uint64, err error) {
	le := binary.LittleEndian
	var h [headerSize]byte
	n := min(m.size, headerSize)
	if n > 0 {
		if err := readFull(m.r, h[:n], 0); err != nil {
			return 0, err
		}
	}
	known := min(int(n), len(magic))
	if n == 0 || string(h[:known]) != string(magic[:known]) {
		return 0, failed(proc.NotImage, "", nil)
	}
	if n < headerSize {
		return 0, failed(proc.Truncated, "its header is not whole", nil)
	}
	if v := le.Uint32(h[8:]); v > version {
		return 0, failed(proc.Newer, fmt.Sprintf("version %d", v), nil)
	}
	if string(h[:]) != string(header()) {
		return 0, failed(proc.Damaged, "its header", nil)
	}
	var t [trailerSize]byte
	if m.size < headerSize+trailerSize {
		return 0, failed(proc.Truncated, fmt.Sprintf("%d bytes", m.size), nil)
	}
	if err := readFull(m.r, t[:], m.size-trailerSize); err != nil {
		return 0, err
	}
	at, packed, raw := le.Uint64(t[:]), le.Uint64(t[8:]), le.Uint64(t[16:])
	total := le.Uint64(t[32:])
	if string(t[40:]) != string(magicEnd) || total != uint64(m.size) {
		return 0, failed(proc.Truncated, fmt.Sprintf("its end is missing after %d bytes", m.size), nil)
	}
	if at < headerSize || at > total-trailerSize || packed != total-trailerSize-at || packed > maxIndex {
		return 0, failed(proc.Damaged, "its trailer", nil)
	}
	b := make([]byte, packed)
	if err := readFull(m.r, b, int64(at)); err != nil {
		return 0, err
	}
	if crc32.Checksum(b, castagnoli) != le.Uint32(t[24:]) {
		return 0, failed(proc.Damaged, "its index", nil)
	}
	if b, err = unpack(b, raw); err != nil {
		return 0, failed(proc.Damaged, "its index", err)
	}
	if err := m.parseIndex(b); err != nil {
		return 0, failed(proc.Damaged, "its index", err)
	}
	return at, nil
}

func (m *Image) parseIndex(b []byte) error {
	if len(b) < 8 {
		return io.ErrUnexpectedEOF
	}
	n := binary.LittleEndian.Uint64(b)
	if b = b[8:]; n > uint64(len(b)) || n > maxHead {
		return errors.New("its head is too long")
	}
	if err := json.Unmarshal(b[:n], &m.head); err != nil {
		return err
	}
	if m.head.Meta.Schema != Schema {
		return fmt.Errorf("schema %.40q", m.head.Meta.Schema)
	}
	b = b[n:]
	if len(b)%recordSize != 0 {
		return errors.New("a record is not whole")
	}
	m.memory = make([]record, 0, len(b)/recordSize)
	for ; len(b) > 0; b = b[recordSize:] {
		m.memory = append(m.memory, parseRecord(b))
	}
	return nil
}

// check makes sure that nothing in the index leads astray, and sorts the records
// by what they are pieces of.
func (m *Image) check(end uint64) error {
	h := &m.head
	if len(h.Files) > maxFiles || len(h.Mappings) > maxMappings || len(h.Threads) > maxThreads {
		return errors.New("its head lists too much")
	}
	for i, f := range h.Files {
		if f.Size < 0 || f.Size > maxFileSize {
			return errors.New("a file inside is too large")
		}
		if f.Same < 0 || f.Same > i || f.Same > 0 && (h.Files[f.Same-1].Same != 0 || h.Files[f.Same-1].Size != f.Size) {
			return errors.New("a file inside is the same as none")
		}
	}
	for i, t := range h.Mappings {
		if t.End < t.Start || i > 0 && t.Start < h.Mappings[i-1].End {
			return errors.New("its memory map is not in order")
		}
	}
	all := m.memory
	for i := range all {
		r := &all[i]
		if err := r.check(end, h.Files); err != nil {
			return err
		}
		if i > 0 && (compare(all[i-1], *r) >= 0 || all[i-1].space == r.space && all[i-1].addr+all[i-1].length > r.addr) {
			return errors.New("its pieces are not in order")
		}
	}
	m.info = summary(h, all, m.size)
	split := func(space uint32) int {
		i, _ := slices.BinarySearchFunc(all, space, func(r record, space uint32) int { return int(r.space) - int(space) })
		return i
	}
	m.memory = all[:split(1)]
	m.files = make([][]record, len(h.Files))
	for i := range h.Files {
		m.files[i] = all[split(uint32(i+1)):split(uint32(i+2))]
		size := uint64(0)
		for k := range m.files[i] {
			r := &m.files[i][k]
			if r.addr != size {
				return errors.New("a piece of a file is missing")
			}
			size += r.length
		}
		if want := h.Files[i].Size; h.Files[i].Same == 0 && size != uint64(want) || h.Files[i].Same != 0 && size != 0 {
			return errors.New("a file is not whole")
		}
	}
	return nil
}

// Close closes the file. Nothing may be read after.
func (m *Image) Close() error {
	m.dec.Close()
	if m.closing == nil {
		return nil
	}
	return m.closing()
}

// Meta says whose memory it is.
func (m *Image) Meta() Meta { return m.head.Meta }

// Info says how much there is.
func (m *Image) Info() Info { return m.info }

// Entry returns AT_ENTRY, the program's entry point as loaded.
func (m *Image) Entry() (uint64, error) { return m.head.Entry, nil }

// Mappings returns the process's memory map, sorted by address: also of memory
// that the file does not hold.
func (m *Image) Mappings() ([]proc.Mapping, error) {
	maps := make([]proc.Mapping, len(m.head.Mappings))
	for i := range maps {
		maps[i] = m.head.Mappings[i].mapping()
	}
	return maps, nil
}

// Threads returns the registers of the threads that stood when the memory was
// taken, by thread id.
func (m *Image) Threads() map[int]proc.Registers {
	all := make(map[int]proc.Registers, len(m.head.Threads))
	for _, t := range m.head.Threads {
		all[t.TID] = proc.Registers{PC: t.PC, SP: t.SP, FP: t.FP, LR: t.LR, TLS: t.TLS, Syscall: t.Syscall, All: t.All}
	}
	return all
}

// Files returns the files inside: the program's first, then its plugins'. Their
// data is read from the heap file.
func (m *Image) Files() []File {
	files := make([]File, len(m.head.Files))
	for i, f := range m.head.Files {
		at := i
		if f.Same != 0 {
			at = f.Same - 1
		}
		files[i] = File{Path: f.Path, Size: f.Size, Data: &content{m, at, f.Size}}
	}
	return files
}

// Exe returns the program's file, nil if it is not inside.
func (m *Image) Exe() *io.SectionReader {
	files := m.Files()
	if len(files) == 0 {
		return nil
	}
	return io.NewSectionReader(files[0].Data, 0, files[0].Size)
}
