package attach

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// Copy opens the memory of a live process, as it is at this moment, which the agent in
// the program copies: for a process that this one may neither read nor stop. The copy
// is a file without a name in the folder for temporary files. proc.ErrNoAgent: there is
// no agent.
func Copy(ctx context.Context, pid int, force bool) (*Target, error) {
	c, err := proc.CopyByAgent(ctx, pid, os.TempDir(), force)
	if err != nil {
		return nil, err
	}
	t := &Target{Core: c.Core, copied: c}
	if t.bin, err = gort.OpenBinary(t.ExeFile()); err != nil {
		t.Close()
		return nil, err
	}
	t.ID = identity(t.bin)
	t.ID.Kind, t.ID.PID, t.ID.Exe, t.ID.Name = evidence.KindProcess, pid, c.Exe(), filepath.Base(c.Exe())
	t.ID.StartedAt = proc.StartedAt(pid)
	entry := func() (uint64, error) { return c.Entry, nil }
	if err := t.attach(c.Core, entry, c.Mappings); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Copied reports whether the target is a copy that an agent made, and for how long no
// goroutine ran meanwhile.
func (t *Target) Copied() (stopped time.Duration, ok bool) {
	if t.copied == nil {
		return 0, false
	}
	return time.Duration(t.copied.Stopped), true
}

// ExeFile is a path by which the program's file can be opened.
func (t *Target) ExeFile() string {
	if t.copied != nil {
		return fmt.Sprintf("/proc/self/fd/%d", t.copied.Program.Fd())
	}
	return t.ID.Exe
}
