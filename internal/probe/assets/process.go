package assets

import (
	"errors"
	"path/filepath"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc"
)

// process examines a process: its program's file, with its own working folder, and what
// it tries to open.
func (x *examination) process() error {
	p, err := proc.Open(x.PID)
	if err != nil {
		return err
	}
	t := &x.r.Target
	x.r.Assets.From = evidence.FromProcess
	t.Kind, t.PID, t.Exe, t.Name, t.StartedAt = evidence.KindProcess, x.PID, p.Exe, filepath.Base(p.Exe), p.Started
	x.folders(workingFolder(x.PID))
	if len(x.r.Assets.Folders) == 0 {
		x.limit("cwd", x.PID)
	}
	opens := x.listen()
	err = x.program(p.ExePath())
	if err != nil {
		opens.stop()
		var f *FileError
		if errors.As(err, &f) {
			f.Path = p.Exe
		}
		return err
	}
	x.take(opens)
	return nil
}
