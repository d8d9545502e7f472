// Package layout knows where the Go runtime keeps things: the offsets and
// sizes of its structs, the values of its constants and the texts of its wait
// reasons, as data, for each Go version and architecture.
//
// It knows nothing of processes and reads no memory. There are two sources that
// give the same [Layout]: [ForVersion] takes it from the tables in tables/,
// which the program in gen/ computes from the Go sources of each version;
// [FromDWARF] takes it from the debug information of a target's own binary,
// which also serves versions that have no table.
//
// To add Go 1.28: append its name to versions in gen/main.go, run
// `go generate ./internal/gort/layout` (the toolchains come through GOTOOLCHAIN
// from the module proxy; it takes some minutes), and run the tests. A required
// struct or field that exists no more fails them: say in required.go up to which
// version it exists and what replaces it (a new struct also goes into
// wanted.go), and change the readers in package gort accordingly. The same
// command brings the tables to the newest patch releases.
package layout

//go:generate go run ./gen

import (
	"slices"
	"strconv"
	"strings"
)

// Layout is the runtime of one Go version on one architecture.
//
// A Layout that [ForVersion] returns is the caller's own; it is safe for
// concurrent use as long as nobody writes to its maps.
type Layout struct {
	Version     string            // minor version, "go1.26"
	Arch        string            // GOARCH
	PtrSize     int               // bytes
	Source      string            // "table go1.26.11" or "dwarf"
	Structs     map[string]Struct // by name as DWARF spells it: "runtime.g", "internal/abi.Type"
	Consts      map[string]int64  // "runtime._Gwaiting"
	WaitReasons []string          // text by number, as the runtime's dumps print it
}

// Struct is one struct type. Size is in bytes.
//
// A struct without a name is called after the field that has it:
// "runtime.schedt.gFree". A named array such as runtime.semTable is a Struct
// with the one field "elem".
type Struct struct {
	Size   int64
	Fields map[string]Field
}

// Field is one field of a struct. Offset, from the start of the struct that was
// asked, and Size are in bytes. Type is spelled as in DWARF: "*runtime.m",
// "[2]uint64", "[]uint8", "func(uintptr)".
type Field struct {
	Offset, Size int64
	Type         string
	Embedded     bool // its own fields are promoted
}

// Field finds a field by its path: "goid", "sched.pc", "atomicstatus.value",
// "central[3].mcentral". A path goes through structs and arrays that lie inside
// the struct, and through embedded ones without naming them, but not through
// pointers.
func (l *Layout) Field(structName, path string) (Field, bool) {
	at := Field{Type: structName}
	for step := range strings.SplitSeq(path, ".") {
		name, indexes, hasIndex := strings.Cut(step, "[")
		next, ok := l.step(at.Type, name)
		if !ok {
			return Field{}, false
		}
		next.Offset += at.Offset
		if hasIndex {
			if next, ok = index(next, indexes); !ok {
				return Field{}, false
			}
		}
		at = next
	}
	return at, true
}

// step finds a field of the named struct: its own, or the shallowest one that
// an embedded struct promotes. Each struct is looked at once, for what DWARF
// says may go in circles.
func (l *Layout) step(structName, name string) (Field, bool) {
	if f, ok := l.Structs[structName].Fields[name]; ok {
		return f, true
	}
	type place struct {
		structName string
		offset     int64
	}
	seen := map[string]bool{}
	for queue := []place{{structName, 0}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if seen[at.structName] {
			continue
		}
		seen[at.structName] = true
		fields := l.Structs[at.structName].Fields
		if f, ok := fields[name]; ok {
			f.Offset += at.offset
			return f, true
		}
		for _, e := range fields {
			if e.Embedded && !seen[e.Type] {
				queue = append(queue, place{e.Type, at.offset + e.Offset})
			}
		}
	}
	return Field{}, false
}

// index applies "3]" or "3][1]" to an array field.
func index(f Field, indexes string) (Field, bool) {
	for part := range strings.SplitSeq(indexes, "[") {
		digits, closed := strings.CutSuffix(part, "]")
		i, err := strconv.ParseInt(digits, 10, 64)
		n, elem, ok := ArrayType(f.Type)
		if !closed || err != nil || !ok || i < 0 || i >= n {
			return Field{}, false
		}
		size := f.Size / n
		f = Field{Offset: f.Offset + i*size, Size: size, Type: elem}
	}
	return f, true
}

// ArrayType splits the name of an array type, "[251]runtime.x", into its length
// and its element type. It reports false for other types and for empty arrays.
func ArrayType(name string) (length int64, elem string, ok bool) {
	rest, found := strings.CutPrefix(name, "[")
	if !found {
		return 0, "", false
	}
	digits, elem, found := strings.Cut(rest, "]")
	length, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || length <= 0 {
		return 0, "", false
	}
	return length, elem, true
}

// WaitReason gives the text of a wait reason's number, or "" for one that this
// version does not have.
func (l *Layout) WaitReason(number uint8) string {
	if int(number) >= len(l.WaitReasons) {
		return ""
	}
	return l.WaitReasons[number]
}

// StructNames lists the structs in order.
func (l *Layout) StructNames() []string {
	names := make([]string, 0, len(l.Structs))
	for name := range l.Structs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
