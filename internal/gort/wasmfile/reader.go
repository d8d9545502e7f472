package wasmfile

import (
	"fmt"
	"unicode/utf8"
)

// Reason is why a file is no valid module.
type Reason string

// The reasons.
const (
	NotWasm   Reason = "not-wasm"  // it does not begin as a module does
	Empty     Reason = "empty"     // there are no bytes
	Version   Reason = "version"   // a version of the format that is not 1
	Component Reason = "component" // a component (the component model), not a module
	Truncated Reason = "truncated" // the file ends too early
	Damaged   Reason = "damaged"   // what stands there cannot be
	TooLarge  Reason = "too-large" // more than browsers take
)

// Error says where a module breaks.
type Error struct {
	Reason  Reason
	Offset  int64  // in the file, in bytes
	Section string // "code", "custom \"name\""; empty outside of the sections
	What    string // what was expected or found there, in English
}

func (e *Error) Error() string {
	s := fmt.Sprintf("offset %#x", e.Offset)
	if e.Section != "" {
		s += ", section " + e.Section
	}
	return s + ": " + e.What
}

// reader reads within one section, or within one part of it. The first error stays,
// and every read after it gives zero.
type reader struct {
	b       []byte // the whole file
	at, end int    // what is left of this part
	section string
	err     *Error
	exotic  *bool // is set where types of newer proposals stand; may be nil
}

func (r *reader) noteExotic() {
	if r.exotic != nil {
		*r.exotic = true
	}
}

func (r *reader) left() int { return r.end - r.at }

// fail notes an error at the present offset.
func (r *reader) fail(reason Reason, format string, args ...any) {
	r.failAt(r.at, reason, format, args...)
}

func (r *reader) failAt(at int, reason Reason, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Reason: reason, Offset: int64(at), Section: r.section, What: fmt.Sprintf(format, args...)}
	}
	r.at = r.end
}

// short notes that what is read ends too early: with the file, or with its part.
func (r *reader) short(what string) {
	if r.end == len(r.b) {
		r.fail(Truncated, "the file ends within %s", what)
		return
	}
	r.fail(Damaged, "%s does not end where the section does", what)
}

func (r *reader) byte(what string) byte {
	if r.err != nil {
		return 0
	}
	if r.at >= r.end {
		r.short(what)
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// bytes returns the next n bytes, which are the file's own.
func (r *reader) bytes(n uint64, what string) []byte {
	if r.err != nil {
		return nil
	}
	if n > uint64(r.left()) {
		r.short(what)
		return nil
	}
	b := r.b[r.at : r.at+int(n) : r.at+int(n)]
	r.at += int(n)
	return b
}

// unsigned reads a LEB128 number of at most bits bits.
func (r *reader) unsigned(bits int, what string) uint64 {
	start, v := r.at, uint64(0)
	for shift := 0; ; shift += 7 {
		b := r.byte(what)
		if r.err != nil {
			return 0
		}
		if shift >= bits || bits-shift < 7 && b&0x7f>>(bits-shift) != 0 {
			r.failAt(start, Damaged, "%s is a number of more than %d bits", what, bits)
			return 0
		}
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return v
		}
	}
}

func (r *reader) u32(what string) uint32 { return uint32(r.unsigned(32, what)) }

// signed reads a signed LEB128 number of at most bits bits.
func (r *reader) signed(bits int, what string) int64 {
	start, v := r.at, int64(0)
	for shift := 0; ; {
		b := r.byte(what)
		if r.err != nil {
			return 0
		}
		if shift >= bits {
			r.failAt(start, Damaged, "%s is a number of more than %d bits", what, bits)
			return 0
		}
		v |= int64(b&0x7f) << shift
		shift += 7
		if b&0x80 == 0 {
			if shift < 64 && b&0x40 != 0 {
				v |= -1 << shift
			}
			return v
		}
	}
}

// count reads the length of a list whose entries take at least least bytes each.
func (r *reader) count(least int, what string) int {
	start := r.at
	n := r.u32("the number of " + what)
	if r.err == nil && uint64(n)*uint64(least) > uint64(r.left()) {
		if r.end == len(r.b) {
			r.failAt(start, Truncated, "%d %s are announced, and %d bytes are left in the file", n, what, r.left())
		} else {
			r.failAt(start, Damaged, "%d %s are announced, and %d bytes are left in the section", n, what, r.left())
		}
		return 0
	}
	return int(n)
}

// name reads a UTF-8 string.
func (r *reader) name(what string) string {
	start := r.at
	n := r.u32("the length of " + what)
	b := r.bytes(uint64(n), what)
	if r.err == nil && !utf8.Valid(b) {
		r.failAt(start, Damaged, "%s is not UTF-8", what)
	}
	return string(b)
}

// part returns a reader of the next n bytes, and goes behind them.
func (r *reader) part(n uint64, what string) *reader {
	start := r.at
	r.bytes(n, what)
	return &reader{b: r.b, at: start, end: r.at, section: r.section, err: r.err, exotic: r.exotic}
}
