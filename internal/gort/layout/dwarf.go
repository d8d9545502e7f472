package layout

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// MissingError says that a binary's DWARF lacks what a layout needs.
type MissingError struct {
	What []string // "runtime.g", "runtime.g.goid", ".debug_info"
}

func (e *MissingError) Error() string {
	const shown = 8
	if len(e.What) > shown {
		return fmt.Sprintf("DWARF lacks %s and %d more", strings.Join(e.What[:shown], ", "), len(e.What)-shown)
	}
	return "DWARF lacks " + strings.Join(e.What, ", ")
}

// Limits on what is read from a binary, which may be broken or made to harm.
const (
	maxDebugInfo = 512 << 20 // bytes; Kubernetes' largest program has 100 MiB
	maxAbbrev    = 16 << 20  // bytes
	maxEntries   = 20_000_000
	maxStructs   = 4096    // taken; Go 1.26 has 260
	maxFields    = 1 << 16 // of all structs taken; Go 1.26 has 1,700
	maxSize      = 1 << 24 // bytes of a struct; the largest, runtime.mheap, has 100 KB
	maxName      = 1 << 12 // bytes
	maxTypeDepth = 64      // typedefs and nested structs
)

// FromDWARF reads the layouts from the DWARF (version 4 or 5, compressed or
// not) of a binary made by the gc toolchain. goVersion is what the binary says
// of itself; it becomes Version as it is, shortened to the minor version where
// it has one. f must not be used by others meanwhile.
//
// The linker drops types that a program does not use, so the result may lack
// structs that [Required] calls optional. If others lack, the error is a
// [*MissingError] and comes together with the layout of what is there.
func FromDWARF(f *elf.File, goVersion string) (*Layout, error) {
	arch, ok := machines[f.Machine]
	if !ok || f.Class != elf.ELFCLASS64 || f.ByteOrder != binary.LittleEndian {
		return nil, fmt.Errorf("runtime layout from DWARF: %s %s is not supported", f.Machine, f.Class)
	}
	abbrev, err := DebugSection(f, "abbrev", maxAbbrev)
	if err != nil {
		return nil, err
	}
	info, err := DebugSection(f, "info", maxDebugInfo)
	if err != nil {
		return nil, err
	}
	addr, err := DebugSection(f, "addr", maxDebugInfo)
	if err != nil && !errors.As(err, new(*MissingError)) { // DWARF 4 has none
		return nil, err
	}
	l, err := decode(abbrev, info, addr)
	if err != nil {
		return nil, err
	}
	l.Version, l.Arch, l.Source = goVersion, arch, "dwarf"
	number := -1
	if v, ok := parseVersion(goVersion); ok {
		l.Version, number = v.minor(), v.number
	}
	if arch == "amd64" {
		// A constant over 1<<63-1 has no entry; runtime/malloc.go, the same in
		// Go 1.11 to 1.27.
		l.Consts["runtime.arenaBaseOffset"] = -1 << 47
	}
	l.WaitReasons = reasonTexts(l.Consts)
	if missing := l.Missing(number, arch, true); len(missing) > 0 {
		return l, &MissingError{What: missing}
	}
	return l, nil
}

// machines maps to GOARCH.
var machines = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

// DebugSection reads a binary's .debug_name or .zdebug_name, decompressed, of at
// most limit bytes. The error is a [*MissingError] where the binary has none. f
// must not be used by others meanwhile.
func DebugSection(f *elf.File, name string, limit int64) ([]byte, error) {
	s := f.Section(".debug_" + name)
	if s == nil {
		s = f.Section(".zdebug_" + name) // objcopy --compress-debug-sections=zlib-gnu
	}
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil, &MissingError{What: []string{".debug_" + name}}
	}
	fail := func(err error) ([]byte, error) { return nil, fmt.Errorf("section %s: %w", s.Name, err) }
	r := s.Open() // decompresses; for .zdebug_ it corrects s.Size, too
	if s.Size > uint64(limit) {
		return fail(fmt.Errorf("%d bytes are too many", s.Size))
	}
	// The size is only claimed: trust it for at most 64 MiB before bytes come.
	var out bytes.Buffer
	out.Grow(int(min(s.Size, 64<<20)) + bytes.MinRead)
	n, err := out.ReadFrom(io.LimitReader(r, int64(s.Size)))
	if err == nil && uint64(n) < s.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fail(err)
	}
	return out.Bytes(), nil
}

// reasonTexts gives the wait reasons by number. DWARF has their constants only;
// the texts come from the tables, by the constant's name. A reason that no
// table has is called by its name: "waitReasonNewThing".
func reasonTexts(consts map[string]int64) []string {
	texts := map[string]string{}
	for _, minor := range Versions() {
		t, err := TableOf(minor)
		if err != nil {
			continue
		}
		for name, n := range t.Base.Consts {
			if strings.HasPrefix(name, "runtime.waitReason") {
				texts[name] = t.Base.WaitReason(uint8(n))
			}
		}
	}
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(consts)) {
		n := consts[name]
		short, ok := strings.CutPrefix(name, "runtime.")
		if !ok || !strings.HasPrefix(short, "waitReason") || n < 0 || n > 255 {
			continue
		}
		for int64(len(reasons)) <= n {
			reasons = append(reasons, "")
		}
		if text, known := texts[name]; known {
			reasons[n] = text
		} else {
			reasons[n] = short
		}
	}
	return reasons
}
