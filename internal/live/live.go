// Package live is the views of `gomedic frames` and `gomedic leak --watch` on a
// terminal: of frames, a chart with a bar for each, the figures, and the late
// frames with their stacks; of memory, how the heap rises and falls, and what
// stays of it.
//
// It shows what it is given and gathers nothing itself; its words and colours
// are those of the reports. The models can be driven without a terminal: see the
// tests. Start at [Run], then model.go, and at [RunMemory], then memory.go.
package live

import (
	"context"
	"errors"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Batch is what was seen since the last one.
type Batch struct {
	Frames []evidence.FrameTime
	Late   []evidence.LateFrame
	// Causes are those of late frames that will be among Late in a later batch.
	Causes []evidence.LateFrame
	// SoFar is all that was gathered until now; nil: nothing new to say. The
	// stacks of Late are in it.
	SoFar    *evidence.Frames
	At       time.Duration // since the start of the watch
	UnderWay time.Duration // for how long a frame has been in the making; 0: none is
	Heard    bool          // UnderWay is known: the watch has told something
	Ended    bool          // the watch is over
}

// Options say what is shown and how.
type Options struct {
	Title []string // what is watched, its name first
	Lang  text.Lang
	Color bool
	Over  time.Duration // what the flags said; 0: not yet known
	// Next returns what is new. It is called ten times a second.
	Next func() Batch
}

// Run shows the view until the user ends it, the watch or the context ends. It
// needs a terminal on both sides, and leaves it as it was.
func Run(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	p := tea.NewProgram(newModel(o), tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler())
	_, err := p.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil || errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// refresh is how often the view asks for what is new.
const refresh = 100 * time.Millisecond

// newsMsg brings what is new.
type newsMsg Batch

func (m *model) ask() tea.Cmd {
	return tea.Tick(refresh, func(time.Time) tea.Msg { return newsMsg(m.o.Next()) })
}
