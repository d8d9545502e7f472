package live

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// MemoryBatch is what was sampled since the last one.
type MemoryBatch struct {
	Samples []evidence.MemorySample
	Verdict report.MemoryVerdict // on all samples so far
	At      time.Duration        // since the start of the watch
	Note    text.Text            // what is being done meanwhile; zero: nothing
	Ended   bool                 // the watch is over
}

// MemoryOptions say what is shown and how.
type MemoryOptions struct {
	Title []string // what is watched, its name first
	Lang  text.Lang
	Color bool
	// Next returns what is new. It is called ten times a second.
	Next func() MemoryBatch
}

// RunMemory shows the timeline of a program's memory until the user ends it, the
// watch or the context ends. It needs a terminal on both sides, and leaves it as
// it was.
func RunMemory(ctx context.Context, in io.Reader, out io.Writer, o MemoryOptions) error {
	p := tea.NewProgram(newMemoryModel(o), tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler())
	_, err := p.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil || errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// maxMemorySamples bounds what the view keeps: two hours of one a second.
const maxMemorySamples = 8192

// memoryModel is the state of the view of memory.
type memoryModel struct {
	o             MemoryOptions
	width, height int
	help          bool
	paused        bool
	waiting       []MemoryBatch // while paused
	samples       []evidence.MemorySample
	verdict       report.MemoryVerdict
	note          text.Text
	at            time.Duration
	zoom          int // samples in one column; 0: as many as let all be seen
}

func newMemoryModel(o MemoryOptions) *memoryModel {
	return &memoryModel{o: o, width: 80, height: 24}
}

type memoryMsg MemoryBatch

func (m *memoryModel) ask() tea.Cmd {
	return tea.Tick(refresh, func(time.Time) tea.Msg { return memoryMsg(m.o.Next()) })
}

// Init asks for the first news.
func (m *memoryModel) Init() tea.Cmd { return m.ask() }

// Update takes keys, sizes and news.
func (m *memoryModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		return m, m.key(msg.String())
	case memoryMsg:
		b := MemoryBatch(msg)
		if b.Ended {
			return m, tea.Quit
		}
		if m.paused {
			m.wait(b)
		} else {
			m.take(b)
		}
		return m, m.ask()
	}
	return m, nil
}

func (m *memoryModel) key(key string) tea.Cmd {
	switch key {
	case "q", "ctrl+c":
		return tea.Quit
	case "ctrl+z":
		return tea.Suspend
	case "p", "space":
		m.paused = !m.paused
		if !m.paused {
			for _, b := range m.waiting {
				m.take(b)
			}
			m.waiting = nil
		}
	case "?":
		m.help = !m.help
	case "esc", "backspace":
		m.help = false
	case "-", "z":
		m.zoom = min(maxMemorySamples, 2*m.perColumn())
	case "+", "=":
		m.zoom = max(1, m.perColumn()/2)
	case "0":
		m.zoom = 0
	}
	return nil
}

// wait keeps what comes while the screen is held, as one batch.
func (m *memoryModel) wait(b MemoryBatch) {
	if len(m.waiting) == 0 {
		m.waiting = append(m.waiting, b)
		return
	}
	w := &m.waiting[0]
	b.Samples = trimmed(append(w.Samples, b.Samples...))
	*w = b
}

func (m *memoryModel) take(b MemoryBatch) {
	m.samples = trimmed(append(m.samples, b.Samples...))
	m.verdict, m.note, m.at = b.Verdict, b.Note, b.At
}

// trimmed drops the oldest when there are too many.
func trimmed(all []evidence.MemorySample) []evidence.MemorySample {
	if len(all) > 2*maxMemorySamples {
		return slices.Clone(all[len(all)-maxMemorySamples:])
	}
	return all
}
