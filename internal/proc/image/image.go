// Package image is the heap file: a process's memory at one moment, in one
// compressed file that reads back without the process, on any machine.
//
// It knows which memory is worth keeping, the threads' registers, and the files
// that the program was loaded from; it knows no Go, and not what the memory means.
// docs/heap-file.md describes the format. Everything read from a file is untrusted:
// each length and index is checked before it is used. Start at [Save] and [Open].
package image

import (
	"io"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
)

// Schema names the content of a heap file, and of what describes one as JSON.
const Schema = "gomedic.heap/v1"

// Meta says whose memory it is, and how it was taken.
type Meta struct {
	Schema  string    `json:"schema"`
	PID     int       `json:"pid"`
	Name    string    `json:"name"`
	Exe     string    `json:"exe,omitempty"` // as the target saw it
	Go      string    `json:"go,omitempty"`  // "go1.26.8"
	Arch    string    `json:"arch"`          // "amd64", "arm64"
	OS      string    `json:"os"`            // "linux"
	Started time.Time `json:"started,omitzero"`
	Taken   time.Time `json:"taken,omitzero"`
	// Stopped is for how long the target stood while it was taken.
	Stopped time.Duration `json:"stopped"`
	// Source is what was read: "clone", "stop" (the process, while it stood), "process"
	// or "core". Only the memory of a running process may have changed while it was
	// read.
	Source   string `json:"source,omitempty"`
	PageSize int    `json:"page_size"`
	Gomedic  string `json:"gomedic,omitempty"` // its version
}

// Source is what Write writes: a process at one moment.
type Source struct {
	Meta     Meta
	Memory   proc.Memory // must stand concurrent calls
	Mappings []proc.Mapping
	Threads  map[int]proc.Registers
	Entry    uint64 // AT_ENTRY
	// Files are put into the file whole: first the program's, then its plugins'. A
	// mapping belongs to the file of the same path.
	Files []File
	// Populated says which of the pages from addr on, each of 4,096 bytes, have ever
	// been written: the others of private anonymous memory are zero, and reading them
	// would only cost time. nil: all. It must stand concurrent calls. See [Pagemap].
	Populated func(addr uint64, pages []bool) error
	// Resident is about how many bytes of memory there are to keep, 0: not known.
	Resident int64
}

// File is a file that the program was loaded from.
type File struct {
	Path string
	Size int64
	Data io.ReaderAt
}

// LeftOut is a part of the address space that the file does not hold.
type LeftOut struct {
	Start uint64 `json:"start"`
	End   uint64 `json:"end"`
	Path  string `json:"path,omitempty"`
	Why   Why    `json:"why"`
}

// Why says why memory was left out.
type Why string

// The reasons to leave memory out.
const (
	OfDevice Why = "device" // reading a device's memory may disturb the device
	Shared   Why = "shared" // with other processes, such as with the window system
	OfFile   Why = "file"   // as it is in a file: a library's code, a font
	OfKernel Why = "kernel" // [vvar] and the like
	OfC      Why = "c-heap" // asked for: Options.NoCHeap
)

// Info is how much a heap file holds, in bytes.
type Info struct {
	Readable   int64     `json:"readable"`             // of all mappings that may be read
	Kept       int64     `json:"kept"`                 // of memory that the file gives back
	Stored     int64     `json:"stored"`               // of it, what was stored, before it was compressed
	Zero       int64     `json:"zero"`                 // of it, zeros
	InFiles    int64     `json:"in_files"`             // of it, what equals the files that it was loaded from
	Unreadable int64     `json:"unreadable,omitempty"` // that should have been kept
	Files      int64     `json:"files"`                // of the files inside
	Size       int64     `json:"size"`                 // of the heap file
	Chunks     int       `json:"chunks"`
	Threads    int       `json:"threads"`
	LeftOut    []LeftOut `json:"left_out,omitempty"`
}

// Ratio is how many bytes one byte of the file stands for.
func (i *Info) Ratio() float64 {
	if i.Size == 0 {
		return 0
	}
	return float64(i.Kept+i.Files) / float64(i.Size)
}
