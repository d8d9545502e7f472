package build

import (
	"debug/elf"
	"fmt"
	"os"
)

// mold's entries of the procedure linkage table put a number into R11, which the
// dynamic linker wants when it looks a function up at its first call:
//
//	endbr64; mov $N, %r11d; jmp *GOT(%rip)
//
// In C nobody minds. Go passes its ninth word in R11 (src/cmd/compile/abi-internal.md),
// so that a function with four strings would get a wrong length of the last one. A plugin
// is looked up as a whole when it is opened (RTLD_NOW), so nobody wants the number, and
// an instruction that does nothing takes its place.
var (
	pltHead = []byte{0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0xbb}
	pltTail = []byte{0xff, 0x25}
	nop6    = []byte{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00}
)

// keepR11 mends the table of a library at a path, if it is one for amd64.
func keepR11(path string) error {
	e, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("read the plugin: %w", err)
	}
	defer e.Close()
	if e.Machine != elf.EM_X86_64 {
		return nil
	}
	for _, s := range e.Sections {
		if s.Name != ".plt" || s.Type != elf.SHT_PROGBITS {
			continue
		}
		table, err := s.Data()
		if err != nil {
			return fmt.Errorf("read the plugin: %w", err)
		}
		mended := false
		for at := 0; at+16 <= len(table); at += 16 {
			entry := table[at : at+16]
			if string(entry[:6]) == string(pltHead) && string(entry[10:12]) == string(pltTail) {
				copy(entry[4:], nop6)
				mended = true
			}
		}
		if !mended {
			continue
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return &DirError{err}
		}
		_, err = f.WriteAt(table, int64(s.Offset))
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return &DirError{err}
		}
	}
	return nil
}
