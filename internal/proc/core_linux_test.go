package proc

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

// note is one entry of a core file's notes.
func note(typ uint32, desc []byte) []byte { return noteOf("CORE", typ, desc) }

func noteOf(name string, typ uint32, desc []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(name)+1))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(desc)))
	b = binary.LittleEndian.AppendUint32(b, typ)
	b = append(append(b, name...), make([]byte, 4-len(name)&3)...)
	return append(append(b, desc...), make([]byte, -len(desc)&3)...)
}

// core makes a core file of one thread and one page of memory, at 0x400000.
func core(notes []byte, page []byte) []byte {
	const headers = 64 + 2*56
	var b bytes.Buffer
	put := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	h := elf.Header64{Type: uint16(elf.ET_CORE), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	put(h)
	put(elf.Prog64{Type: uint32(elf.PT_NOTE), Off: headers, Filesz: uint64(len(notes))})
	put(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R), Off: headers + uint64(len(notes)),
		Vaddr: 0x400000, Filesz: uint64(len(page)), Memsz: 0x2000})
	b.Write(notes)
	b.Write(page)
	return b.Bytes()
}

// sample is a core as a kernel would write it.
func sample() []byte {
	le := binary.LittleEndian
	status := make([]byte, 336)
	le.PutUint32(status[32:], 77)
	le.PutUint64(status[112+8*16:], 0x400010) // rip
	le.PutUint64(status[112+8*19:], 0x7ffc0000)
	info := make([]byte, 136)
	le.PutUint32(info[24:], 77)
	copy(info[40:], "clerk")
	copy(info[56:], "clerk --ledger")
	aux := le.AppendUint64(le.AppendUint64(nil, atEntry), 0x400020)
	var files []byte
	for _, w := range []uint64{1, 4096, 0x400000, 0x402000, 0} {
		files = le.AppendUint64(files, w)
	}
	files = append(files, "/usr/bin/clerk\x00"...)
	page := bytes.Repeat([]byte("0123456789abcdef"), 256)
	return core(bytes.Join([][]byte{note(ntPRSTATUS, status), note(ntPRPSINFO, info), note(ntAUXV, aux), note(ntFILE, files),
		noteOf("LINUX", ntXState, le.AppendUint64(make([]byte, 16), 0xc0ffee))}, nil), page)
}

func TestCore(t *testing.T) {
	b := sample()
	c, err := NewCore(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if c.PID != 77 || c.Name != "clerk" || c.Args != "clerk --ledger" || c.Exe() != "/usr/bin/clerk" {
		t.Errorf("pid %d, name %q, args %q, program %q", c.PID, c.Name, c.Args, c.Exe())
	}
	if r := c.Threads[77]; r.PC != 0x400010 || r.SP != 0x7ffc0000 {
		t.Errorf("registers %+v", r)
	}
	if len(c.Vectors) != 1 || c.Vectors[0] != 0xc0ffee {
		t.Errorf("vector registers %#x", c.Vectors)
	}
	got := make([]byte, 16)
	if err := c.ReadAt(got, 0x400000+4096-16); err != nil || string(got) != "0123456789abcdef" {
		t.Errorf("memory %q, %v", got, err)
	}
	for _, at := range []uint64{0x400000 + 4096 - 8, 0x400000 - 8, 0, ^uint64(0) - 7} { // half of it, or none, is there
		if c.ReadAt(got, at) == nil {
			t.Errorf("16 bytes at %#x were read", at)
		}
	}
	m, err := c.Mappings()
	if err != nil || len(m) != 1 || m[0].Path != "/usr/bin/clerk" || m[0].End != 0x402000 {
		t.Errorf("mappings %+v, %v", m, err)
	}
	for n := range b {
		if _, err := NewCore(bytes.NewReader(b[:n]), int64(n)); ReasonOf(err) != Truncated && ReasonOf(err) != NotCore {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

func FuzzCore(f *testing.F) {
	b := sample()
	f.Add(b)
	f.Add(b[:200])
	f.Add(core(nil, nil))
	f.Add(core(note(ntFILE, bytes.Repeat([]byte{0xff}, 64)), nil))
	f.Add(core(note(ntPRSTATUS, nil), make([]byte, 16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := NewCore(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if ReasonOf(err) == "" {
				t.Errorf("an error without a reason: %v", err)
			}
			return
		}
		var word [8]byte
		maps, err := c.Mappings()
		if err != nil {
			t.Error(err)
		}
		for _, m := range maps {
			for _, at := range []uint64{m.Start, m.End - 4, m.End} {
				if c.ReadAt(word[:], at) == nil && uint64(len(b)) < 8 {
					t.Error("memory out of nothing")
				}
			}
		}
		c.ReadMany([]Range{{Addr: c.Entry, Buf: word[:]}, {Addr: ^uint64(0), Buf: word[:]}})
		c.Exe()
	})
}

func FuzzMaps(f *testing.F) {
	f.Add("00400000-0048f000 r-xp 00001000 fe:00 1234 /usr/bin/a program (deleted)")
	f.Add("7ffc0000-7ffd0000 rw-p 00000000 00:00 0 [stack]")
	f.Add("-")
	f.Add("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]")
	f.Fuzz(func(t *testing.T, line string) {
		if m, ok := parseMapping(line); ok && m.End < m.Start {
			t.Errorf("%q ends before it begins", line)
		}
		if w, err := parseSyscall(line); err == nil && w.Running && w.Syscall != -1 {
			t.Errorf("%q runs, and stands in call %d", line, w.Syscall)
		}
		parseStatus([]byte(line))
	})
}
