// Package wire is how gomedic and the agent in a program speak with each other: one
// JSON value from gomedic, one back, over a Unix socket. Programs that import the
// agent need nothing of it.
package wire

import "strconv"

// Version of the protocol.
const Version = 1

// Address is the abstract Unix socket (unix(7)) of the agent in a process, by the id
// that the process has in its own namespace.
func Address(pid int) string { return "@gomedic-agent-" + strconv.Itoa(pid) }

// What can be asked.
const (
	// LetIn lets the one who asks read and stop the process, as with ptrace(2), until
	// the connection ends.
	LetIn = "let-in"
	// Copy writes the memory, as it is at one moment, into the file that comes with
	// the request (SCM_RIGHTS). With the answer comes the program's file.
	Copy = "copy"
)

// Request is what is asked.
type Request struct {
	Version int    `json:"v"`
	Ask     string `json:"ask"`
}

// Start is where in the file of a Copy the memory begins, in bytes; what is before it
// is left to the one who asks.
const Start = 4096

// Reply is the answer.
type Reply struct {
	Version int    `json:"v"`
	Error   string `json:"error,omitempty"`  // empty: it was done
	Denied  bool   `json:"denied,omitempty"` // it does not answer this user
	PID     int    `json:"pid,omitempty"`    // as the process sees itself

	// Of a Copy.
	Name     string   `json:"name,omitempty"`    // of the program, at most 15 bytes
	Exe      string   `json:"exe,omitempty"`     // path, as the process sees it
	Args     []string `json:"args,omitempty"`    // with the program's own name
	Auxv     []byte   `json:"auxv,omitempty"`    // /proc/self/auxv
	Maps     string   `json:"maps,omitempty"`    // /proc/self/maps
	Regions  []Region `json:"regions,omitempty"` // what was written
	Stopped  int64    `json:"stopped_ns,omitempty"`
	Finished bool     `json:"finished,omitempty"` // all of it was written
}

// Region is a piece of memory and where it lies in the file. What could not be read
// of it are zeros there.
type Region struct {
	Addr uint64 `json:"addr"`
	Size uint64 `json:"size"`
	At   int64  `json:"at"`
}
