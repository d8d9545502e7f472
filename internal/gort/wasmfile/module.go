// Package wasmfile reads WebAssembly modules: sections, types, imports, exports,
// the sizes of functions, data segments and custom sections, and what the Go linker
// and TinyGo leave in them.
//
// A module is untrusted: every length is checked against what is there, nothing is
// allocated that the file does not pay for in bytes, and an [Error] says at which
// offset and in which section the file breaks, and why. The package knows no running
// program; [Module.Image] is the linear memory with which one would start. The format
// is that of the WebAssembly Core Specification 3.0, chapter 5. Start at [Parse].
package wasmfile

import "runtime/debug"

// Section ids of the binary format.
const (
	Custom byte = iota
	Type
	Import
	Function
	Table
	Memory
	Global
	Export
	Start
	Element
	Code
	Data
	DataCount
	Tag
)

var sectionNames = [...]string{"custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count", "tag"}

// Module is one module. Byte slices and strings share the bytes that were parsed.
type Module struct {
	Size     int64 // of the file, in bytes
	Sections []Section
	Types    []FuncType // entries that are no function types (GC types) have none
	Imports  []ImportEntry
	Funcs    []uint32 // of each function that the module defines, its type
	Exports  []ExportEntry
	Bodies   []Body // one for each of Funcs
	Segments []Segment
	Memories []Limits // those that the module defines
	Names    map[uint32]string
	// ModuleName is what the name section calls the module.
	ModuleName string
	Producers  []Producer
	StartFunc  int64 // index of the start function; -1: none

	// For the check of code; imported ones come first.
	bytes       []byte
	tables      []tableType
	allMemories []Limits
	globals     []globalType
	elements    []byte // of each element segment, the type of its elements
	announced   int    // data segments that are announced before the code; -1: not said
	tags        int    // kinds of exceptions
	exotic      bool   // it has types of the garbage collection proposal
}

type tableType struct{ kind, address byte }

type globalType struct {
	kind    byte
	changes bool
}

// Section is one section as it stands in the file.
type Section struct {
	ID    byte
	Name  string // of a custom section, else what the specification calls it
	At    int64  // offset of its first byte, the id
	Bytes []byte // its contents; of a custom section without the name
	Size  int64  // of all of it in the file, in bytes, with id and length
}

// FuncType is a function's type; values are the specification's bytes (0x7f is i32).
type FuncType struct{ Params, Results []byte }

// Kinds of imports and exports.
const (
	KindFunc   byte = 0
	KindTable  byte = 1
	KindMemory byte = 2
	KindGlobal byte = 3
	KindTag    byte = 4
)

// ImportEntry is one thing that the module needs from outside.
type ImportEntry struct {
	Module, Name string
	Kind         byte
	Type         uint32 // of a function
}

// ExportEntry is one thing that the module gives.
type ExportEntry struct {
	Name  string
	Kind  byte
	Index uint32
}

// Body is a function's code.
type Body struct{ At, Size int64 } // in the file; Size counts locals and code

// Segment is one data segment.
type Segment struct {
	Passive bool   // copied by the code, to a place the file does not tell
	Known   bool   // of an active one: Addr is a constant
	Addr    uint64 // in linear memory
	At      int64  // in the file
	Bytes   []byte
}

// Limits are those of a memory, in pages of 64 KiB.
type Limits struct {
	Min, Max uint64
	HasMax   bool
	Shared   bool
	Bits64   bool
}

// Producer is one entry of the producers section: Field is "language",
// "processed-by" or "sdk".
type Producer struct{ Field, Name, Version string }

// ImportedFuncs is how many functions are imported; they have the first indices.
func (m *Module) ImportedFuncs() int {
	n := 0
	for _, i := range m.Imports {
		if i.Kind == KindFunc {
			n++
		}
	}
	return n
}

// Section returns the first section of that id and, for a custom one, of that name;
// nil where there is none.
func (m *Module) Section(id byte, name string) *Section {
	for i := range m.Sections {
		if s := &m.Sections[i]; s.ID == id && (id != Custom || s.Name == name) {
			return s
		}
	}
	return nil
}

// Exported reports whether the module exports name.
func (m *Module) Exported(name string) bool {
	for _, e := range m.Exports {
		if e.Name == name {
			return true
		}
	}
	return false
}

// Build is what is known of how a module was built.
type Build struct {
	Compiler  string // "go", "tinygo", "" where it is neither
	GoVersion string // "go1.26.8"
	// Info is the build information; nil where it is not found.
	Info *debug.BuildInfo
}
