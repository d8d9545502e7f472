// Package dump reads goroutine dumps: what a Go program prints on SIGQUIT, on a
// panic or a fatal error (GOTRACEBACK=single to crash), and what net/http/pprof
// serves with debug=2, of Go 1.18 to 1.27, alone or in the middle of a log.
//
// A dump is one look, so nothing is known of time but the minutes that the
// runtime prints; locks are known by the argument words of the frames. The text
// is untrusted: input, lines, goroutines and frames are bounded, and a line that
// fits nothing is passed over. This package must not know toolkits or rules.
// Start at [Parse]; lines.go takes the log's decoration off, scan.go finds the
// dumps, frame.go reads one frame, objects.go finds who holds what.
//
// github.com/maruel/panicparse/v2 was tried first: it does not see a dump behind
// log prefixes, loses goroutines with labels (Go 1.26 and 1.27), ends at a
// symbolized C frame, and drops the pc and sp that tell one activation from
// another.
package dump

import (
	"bufio"
	"fmt"
	"io"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Bounds of what is read. A dump of 100,000 goroutines with 20 frames each is
// 240 MiB; the runtime itself prints at most 100 frames of a goroutine.
const (
	maxInput      = 256 << 20
	maxLine       = 1 << 20
	maxGoroutines = 500_000
	maxFrames     = 1_000     // of one goroutine
	maxAllFrames  = 4_000_000 // of one dump
	maxWords      = 64        // argument words of one frame
)

// Dump is what a log held.
type Dump struct {
	Evidence *evidence.Evidence // of the last dump
	Dumps    int                // how many dumps the log held; Evidence is the last
	Traces   int                // single stacks besides, such as debug.PrintStack writes
	Cause    string             // "SIGQUIT: quit", "fatal error: all goroutines are asleep - deadlock!", empty for a profile
	Main     uint64             // the goroutine that runs on the main thread (m=0), 0: not stated
	Leaked   []uint64           // goroutines that a goroutine leak profile marks as leaked (Go 1.26 and later)
	Missing  int                // goroutines that ran on another thread, whose stacks were not printed
	Cut      bool               // the input was longer than what is read, or had more goroutines or frames
}

// NoDumpError says that the input holds no goroutine dump.
type NoDumpError struct {
	Lines int    // lines read
	Looks string // what it looks like: "empty", "gzip", "pprof-debug1", "binary", "text"
}

func (e *NoDumpError) Error() string {
	switch e.Looks {
	case "empty":
		return "no goroutine dump: the input is empty"
	case "gzip":
		return "no goroutine dump: the input is compressed (gzip), or a profile in pprof's binary form"
	case "pprof-debug1":
		return "no goroutine dump: this is the summary that debug=1 serves; debug=2 serves the dump"
	case "binary":
		return "no goroutine dump: the input is not text"
	}
	return fmt.Sprintf("no goroutine dump in %d lines", e.Lines)
}

// Parse reads a log and returns the evidence of the last goroutine dump in it.
// It returns a *NoDumpError if there is none, or r's error.
func Parse(r io.Reader) (*evidence.Evidence, error) {
	d, err := Read(r)
	if err != nil {
		return nil, err
	}
	return d.Evidence, nil
}

// Read is Parse with what else the log says. Input behind the first 256 MiB is
// not read: a dump cut off there is returned as far as it goes.
func Read(r io.Reader) (*Dump, error) {
	limited := &io.LimitedReader{R: r, N: maxInput}
	br := bufio.NewReaderSize(limited, 64<<10)
	looks := look(br)
	s := newScanner()
	if looks != "gzip" && looks != "binary" {
		if err := eachLine(br, s.line); err != nil {
			return nil, fmt.Errorf("read the dump: %w", err)
		}
	}
	s.close()
	section := s.last
	if section == nil {
		section = s.lastTrace
	}
	if section == nil {
		if s.debug1 {
			looks = "pprof-debug1"
		}
		return nil, &NoDumpError{Lines: s.lines, Looks: looks}
	}
	d := section.dump()
	d.Dumps, d.Traces = s.dumps, s.traces
	if s.last == nil {
		d.Dumps, d.Traces = 1, s.traces-1
	}
	d.Cut = d.Cut || limited.N <= 0
	return d, nil
}

// look guesses what kind of input this is, for the error only.
func look(br *bufio.Reader) string {
	head, _ := br.Peek(512)
	switch {
	case len(head) == 0:
		return "empty"
	case len(head) > 2 && head[0] == 0x1f && head[1] == 0x8b:
		return "gzip"
	}
	zero := 0
	for _, c := range head {
		if c == 0 {
			zero++
		}
	}
	if zero > len(head)/16 {
		return "binary"
	}
	return "text"
}
