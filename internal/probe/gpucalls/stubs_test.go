package gpucalls

import (
	"encoding/binary"
	"errors"
	"testing"
)

// memory is a few pieces of a process's.
type memory map[uint64][]byte

func (m memory) ReadAt(p []byte, addr uint64) error {
	for at, b := range m {
		if addr >= at && addr+uint64(len(p)) <= at+uint64(len(b)) {
			copy(p, b[addr-at:])
			return nil
		}
	}
	return errors.New("not there")
}

func words(ws ...uint64) (b []byte) {
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

func padded(code ...byte) []byte { return append(code, make([]byte, 160-len(code))...) }

// The stubs of libglvnd and of Mesa's libglapi, as compilers emit them.
func TestFollow(t *testing.T) {
	const fs = 0x7000
	toGL := padded(0x48, 0x8b, 0x05, 0xf9, 0x0f, 0x00, 0x00, // mov 0xff9(%rip),%rax: 0x2000
		0x64, 0x4c, 0x8b, 0x18, // mov %fs:(%rax),%r11
		0x41, 0xff, 0xa3, 0x20, 0, 0, 0) // jmp *0x20(%r11)
	toAPI := padded(0xf3, 0x0f, 0x1e, 0xfa, // endbr64
		0x48, 0x8b, 0x05, 0xf5, 0x0f, 0x00, 0x00, // mov 0xff5(%rip),%rax: 0x12000
		0x64, 0x48, 0x8b, 0x00, // mov %fs:(%rax),%rax
		0x48, 0x85, 0xc0, // test %rax,%rax
		0x74, 0x04, // je +4
		0xff, 0xa0, 0x10, 0, 0, 0) // jmp *0x10(%rax)
	driver := padded(0x55, 0x48, 0x89, 0xe5) // push %rbp; mov %rsp,%rbp
	m := memory{
		0x1000:  toGL,
		0x2000:  words(^uint64(15)), // -16
		fs - 16: words(0x3000, 0x4000),
		0x3000:  words(1, 2, 3, 4, 0x11000),
		0x11000: toAPI,
		0x12000: words(^uint64(7)), // -8
		0x4000:  words(1, 2, 0x20000),
		0x20000: driver,
	}
	if got := follow(m, 0x1000, fs); got != 0x20000 {
		t.Errorf("leads to %#x", got)
	}
	// A thread without a table, and one whose fs leads nowhere.
	m[fs-16] = words(0x3000, 0)
	if got := follow(m, 0x1000, fs); got != 0x11000 {
		t.Errorf("without a table it leads to %#x", got)
	}
	if got := follow(m, 0x1000, 0x99000); got != 0x1000 {
		t.Errorf("without memory it leads to %#x", got)
	}
	// Stubs that lead in a ring end.
	m[0x3000] = words(1, 2, 3, 4, 0x1000)
	follow(m, 0x1000, fs)
}

func TestThrough(t *testing.T) {
	for name, c := range map[string]struct {
		code  []byte
		disp  int64
		magic uint64
		ok    bool
	}{
		"glvnd": {padded(0x48, 0x8b, 0x05, 0x89, 0x96, 0x03, 0x00, 0x64, 0x4c, 0x8b, 0x18, 0x41, 0xff, 0xa3, 0x60, 0x16, 0, 0), 0x1660, 0, true},
		"vulkan": {padded(0x48, 0x85, 0xff, 0x74, 0x23, 0x48, 0x8b, 0x07, 0x48, 0x85, 0xc0, 0x74, 0x1b,
			0x48, 0xba, 0xed, 0xad, 0x10, 0x04, 0x04, 0xed, 0xad, 0x10, 0x48, 0x39, 0x10, 0x75, 0x0c,
			0xff, 0xa0, 0xf8, 0x05, 0, 0), 0x5f8, 0x10aded040410aded, true},
		"function": {padded(0x55, 0x48, 0x89, 0xe5, 0xff, 0xe0), 0, 0, false},
		"nothing":  {nil, 0, 0, false},
	} {
		disp, magic, ok := through(c.code)
		if disp != c.disp || magic != c.magic && c.ok || ok != c.ok {
			t.Errorf("%s: %#x %#x %v", name, disp, magic, ok)
		}
	}
}

func TestEntry(t *testing.T) {
	for name, c := range map[string]struct {
		code    []byte
		skip    int
		stepped bool
	}{
		"push":                  {padded(0x55, 0x48, 0x89, 0xe5), 0, false},
		"endbr64, push":         {padded(0xf3, 0x0f, 0x1e, 0xfa, 0x53), 4, false},
		"test, je":              {padded(0x48, 0x85, 0xff, 0x74, 0x23), 3, false},
		"sub rsp":               {padded(0x48, 0x83, 0xec, 0x08, 0x53), 0, true},
		"an argument is lost":   {padded(0x31, 0xff, 0x53), 0, true},        // xor %edi,%edi; push %rbx
		"a call changes it all": {padded(0xe8, 1, 2, 3, 4), 0, true},        // call
		"another register":      {padded(0x48, 0x8b, 0x07, 0x53), 3, false}, // mov (%rdi),%rax; push %rbx
		"ret":                   {padded(0xc3, 0x55), 0, true},              // ret; push %rbp
		"a vector instruction":  {padded(0xc5, 0xf8, 0x77, 0x55), 0, true},  // vzeroupper: it is not decoded
		"short":                 {[]byte{0x48, 0x89, 0xf8}, 0, true},        // mov %rdi,%rax, then nothing
	} {
		if skip, stepped := entry(c.code, []uint8{0, 1, 2, 3}); skip != c.skip || stepped != c.stepped {
			t.Errorf("%s: %d, %v", name, skip, stepped)
		}
	}
}

// An argument that nobody asks for may change.
func TestEntryNeeds(t *testing.T) {
	code := padded(0x31, 0xff, 0x53) // xor %edi,%edi; push %rbx
	if skip, stepped := entry(code, []uint8{1}); skip != 2 || stepped {
		t.Errorf("%d, %v", skip, stepped)
	}
}

// Code of a target is untrusted.
func FuzzStub(f *testing.F) {
	f.Add(padded(0x48, 0x8b, 0x05, 0xf9, 0x0f, 0x00, 0x00, 0x64, 0x4c, 0x8b, 0x18, 0x41, 0xff, 0xa3, 0x20, 0, 0, 0))
	f.Fuzz(func(t *testing.T, code []byte) {
		entry(code, []uint8{0})
		through(code)
		follow(memory{0x1000: code, 0x2000: code}, 0x1000, 0x2000)
	})
}
