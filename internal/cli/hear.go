package cli

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpu"
)

// relayArg is the argument with which gomedic starts itself to hand on what a program
// writes to its standard error: the program runs on when gomedic is done, and must not
// write into a pipe that nobody reads any more.
const relayArg = "__relay-stderr"

// relay copies standard input to standard error, and to standard output for as long as
// somebody reads that. It ends with the program that writes.
func relay() {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	heard := true
	buf := make([]byte, 1<<16)
	for {
		n, err := os.Stdin.Read(buf)
		if n > 0 {
			if _, err := os.Stderr.Write(buf[:n]); err != nil {
				return
			}
			if heard {
				_, err := os.Stdout.Write(buf[:n])
				heard = err == nil
			}
		}
		if err != nil {
			return
		}
	}
}

// hearing is a program's standard error: it goes to gomedic's, and what it says of the
// graphics driver is kept.
type hearing struct {
	file *os.File // for the program; nil: nothing is heard
	mu   sync.Mutex
	gpu  gpu.Output
}

// hear prepares to hear a program. Where the relay cannot be started nothing is heard.
func hear() *hearing {
	h := &hearing{}
	from, file, err := os.Pipe()
	if err != nil {
		return h
	}
	defer from.Close()
	c := exec.Command(ownPath(), relayArg)
	c.Stdin, c.Stderr = from, os.Stderr
	said, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		file.Close()
		return h
	}
	h.file = file
	go func() {
		_, _ = io.Copy(h, said) // until the program or gomedic ends
		_ = c.Wait()
	}()
	return h
}

// Write takes a piece of what the program says.
func (h *hearing) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gpu.Write(b)
}

// started: the program has its end of the pipe, or will not have it.
func (h *hearing) started() {
	if h != nil && h.file != nil {
		h.file.Close()
		h.file = nil
	}
}

// stderr is what the program gets for its standard error.
func (h *hearing) stderr() *os.File {
	if h == nil || h.file == nil {
		return os.Stderr
	}
	return h.file
}

// said is what the program has said of its driver so far.
func (h *hearing) said() []evidence.DriverMessage {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.gpu.Messages())
}
