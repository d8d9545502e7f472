package proc

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// Core is an ELF core file: the kernel's, gcore's or livecore's.
type Core struct {
	PID      int
	Name     string // of the program, at most 15 bytes
	Args     string
	Entry    uint64 // AT_ENTRY
	Machine  elf.Machine
	Threads  map[int]Registers
	Vectors  []uint64 // the words of all threads' vector registers, in no order
	mappings []Mapping
	named    []Mapping // of NT_FILE: which file lies where
	segments []segment
	r        io.ReaderAt
	close    func() error
}

type segment struct {
	addr, size uint64
	off        int64
}

// Bounds on a core file's tables.
const (
	maxNotes    = 256 << 20
	maxSegments = 1 << 20
)

// OpenCore opens a core file. The error is an *Error with reason NotCore,
// Truncated or OtherArch.
func OpenCore(path string) (*Core, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	c, err := NewCore(f, st.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	c.close = f.Close
	return c, nil
}

// NewCore reads a core from r, which is size bytes long.
func NewCore(r io.ReaderAt, size int64) (c *Core, err error) {
	fail := func(why Reason, detail string, err error) (*Core, error) {
		return nil, &Error{Op: "open core", Reason: why, Detail: detail, Err: err}
	}
	defer func() { // debug/elf has panicked on hostile files before
		if p := recover(); p != nil {
			c, err = fail(NotCore, fmt.Sprint(p), nil)
		}
	}()
	var ident [elf.EI_NIDENT]byte
	if _, err := r.ReadAt(ident[:], 0); err == nil && elf.Class(ident[elf.EI_CLASS]) == elf.ELFCLASS32 {
		return fail(NotCore, "it is a 32-bit one", nil)
	}
	f, err := elf.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		// A truncated core has lost the section headers at its end, if it had any.
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fail(Truncated, "its headers are not whole", err)
		}
		return fail(NotCore, "", err)
	}
	if f.Type != elf.ET_CORE {
		return fail(NotCore, f.Type.String(), nil)
	}
	c = &Core{r: r, Machine: f.Machine, Threads: map[int]Registers{}}
	if len(f.Progs) > maxSegments {
		return fail(NotCore, "too many segments", nil)
	}
	var notes []byte
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_LOAD:
			if p.Filesz > 0 {
				if p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off {
					return fail(Truncated, fmt.Sprintf("%d of %d bytes are there", size, p.Off+p.Filesz), nil)
				}
				c.segments = append(c.segments, segment{p.Vaddr, p.Filesz, int64(p.Off)})
			}
			c.mappings = append(c.mappings, Mapping{Start: p.Vaddr, End: p.Vaddr + p.Memsz,
				Read: p.Flags&elf.PF_R != 0, Write: p.Flags&elf.PF_W != 0, Exec: p.Flags&elf.PF_X != 0})
		case elf.PT_NOTE:
			if p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off {
				return fail(Truncated, "in its notes", nil)
			}
			if p.Filesz > maxNotes {
				return fail(NotCore, "its notes are too long", nil)
			}
			b := make([]byte, p.Filesz)
			if _, err := r.ReadAt(b, int64(p.Off)); err != nil && err != io.EOF {
				return fail(Truncated, "", err)
			}
			notes = append(notes, b...)
		}
	}
	sort.Slice(c.segments, func(i, j int) bool { return c.segments[i].addr < c.segments[j].addr })
	sort.Slice(c.mappings, func(i, j int) bool { return c.mappings[i].Start < c.mappings[j].Start })
	c.notes(notes)
	return c, nil
}

// Close closes the file.
func (c *Core) Close() error {
	if c.close == nil {
		return nil
	}
	return c.close()
}

// Mappings returns the memory map; paths are filled in where the core has them.
func (c *Core) Mappings() ([]Mapping, error) { return c.mappings, nil }

// ReadAt reads the core's memory.
func (c *Core) ReadAt(p []byte, addr uint64) error {
	for len(p) > 0 {
		i := sort.Search(len(c.segments), func(i int) bool { return c.segments[i].addr+c.segments[i].size > addr })
		if i == len(c.segments) || addr < c.segments[i].addr {
			return ErrRead
		}
		s := c.segments[i]
		n := min(uint64(len(p)), s.size-(addr-s.addr))
		if _, err := c.r.ReadAt(p[:n], s.off+int64(addr-s.addr)); err != nil {
			return ErrRead
		}
		p, addr = p[n:], addr+n
	}
	return nil
}

// ReadMany reads the ranges one by one.
func (c *Core) ReadMany(ranges []Range) {
	for i := range ranges {
		ranges[i].OK = c.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// Exe returns the path of the program that the core names, "" if it does not.
func (c *Core) Exe() string {
	for _, m := range c.named {
		if c.Entry >= m.Start && c.Entry < m.End {
			return m.Path
		}
	}
	return ""
}

// Note types (elf.h).
const (
	ntPRSTATUS = 1
	ntPRPSINFO = 3
	ntAUXV     = 6
	ntFILE     = 0x46494c45
	ntXState   = 0x202 // x86's extended state, its vector registers, by the name LINUX
	atEntry    = 9
)

func (c *Core) notes(b []byte) {
	le := binary.LittleEndian
	for len(b) >= 12 {
		nameLen, descLen, typ := uint64(le.Uint32(b)), uint64(le.Uint32(b[4:])), le.Uint32(b[8:])
		b = b[12:]
		nameEnd, total := nameLen, (nameLen+3)&^3+(descLen+3)&^3
		if nameEnd > uint64(len(b)) || total > uint64(len(b)) {
			return
		}
		name := strings.TrimRight(string(b[:nameEnd]), "\x00")
		desc := b[(nameLen+3)&^3:][:descLen]
		b = b[total:]
		if name == "LINUX" && typ == ntXState {
			c.Vectors = append(c.Vectors, nonZero(desc)...)
		}
		if name != "CORE" {
			continue
		}
		switch typ {
		case ntPRSTATUS:
			c.prstatus(desc)
		case ntPRPSINFO:
			// state, sname, zomb, nice, flag, uid, gid, pid…, fname[16], psargs[80]
			if len(desc) >= 136 {
				c.PID = int(int32(le.Uint32(desc[24:])))
				c.Name = cString(desc[40:56])
				c.Args = cString(desc[56:136])
			}
		case ntAUXV:
			for i := 0; i+16 <= len(desc); i += 16 {
				if le.Uint64(desc[i:]) == atEntry {
					c.Entry = le.Uint64(desc[i+8:])
				}
			}
		case ntFILE:
			c.files(desc)
		}
	}
}

// prstatus reads struct elf_prstatus: the thread's id at 32, its registers at 112.
func (c *Core) prstatus(d []byte) {
	le := binary.LittleEndian
	if len(d) < 112 {
		return
	}
	tid := int(int32(le.Uint32(d[32:])))
	reg := func(i int) uint64 {
		if at := 112 + 8*i; at+8 <= len(d) {
			return le.Uint64(d[at:])
		}
		return 0
	}
	var r Registers
	switch c.Machine {
	case elf.EM_X86_64: // struct user_regs_struct
		r = Registers{PC: reg(16), SP: reg(19), FP: reg(4), TLS: reg(21), Syscall: int64(reg(15))}
		for _, i := range []int{10, 5, 11, 12, 13, 14, 4, 9, 8, 7, 6, 3, 2, 1, 0} {
			r.All = append(r.All, reg(i))
		}
	case elf.EM_AARCH64: // x0 to x30, sp, pc
		r = Registers{PC: reg(32), SP: reg(31), FP: reg(29), LR: reg(30), Syscall: -1}
		for i := range 31 {
			r.All = append(r.All, reg(i))
		}
	default:
		return
	}
	c.Threads[tid] = r
}

// nonZero are the words of a note that are not 0.
func nonZero(d []byte) (out []uint64) {
	for ; len(d) >= 8; d = d[8:] {
		if v := binary.LittleEndian.Uint64(d); v != 0 {
			out = append(out, v)
		}
	}
	return out
}

// files reads NT_FILE: count, page size, then start, end and page offset of
// each mapping, then the paths.
func (c *Core) files(d []byte) {
	le := binary.LittleEndian
	if len(d) < 16 {
		return
	}
	n, page := le.Uint64(d), le.Uint64(d[8:])
	if n > maxSegments || n*24+16 > uint64(len(d)) {
		return
	}
	paths := bytes.Split(d[16+n*24:], []byte{0})
	for i := range n {
		e := d[16+i*24:]
		if int(i) >= len(paths) {
			return
		}
		start, off := le.Uint64(e), le.Uint64(e[16:])*page
		c.named = append(c.named, Mapping{Start: start, End: le.Uint64(e[8:]), Offset: off, Path: string(paths[i])})
		j := sort.Search(len(c.mappings), func(j int) bool { return c.mappings[j].Start >= start })
		if j < len(c.mappings) && c.mappings[j].Start == start {
			c.mappings[j].Path, c.mappings[j].Offset = string(paths[i]), off
		}
	}
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
