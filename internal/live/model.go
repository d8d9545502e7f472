package live

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// Bounds on what the view keeps of a long watch.
const (
	maxFrames = 4096
	maxLate   = evidence.MaxLateFrames
	// The figures are over the frames of so long, and at least so many.
	figureTime   = time.Second
	figureFrames = 60
	maxZoom      = 32 // frames in one bar
)

// screen is what is shown.
type screen int

const (
	overview screen = iota
	detail
	help
)

// model is the view's state.
type model struct {
	o             Options
	width, height int
	screen        screen

	frames     []evidence.FrameTime // the last of all goroutines, in order of their end
	causes     map[frameKey]evidence.LateCause
	late       []lateFrame // in order
	goroutines []uint64    // that make frames, in the order seen
	shown      int         // index into goroutines of the one that is shown
	at         time.Duration
	period     time.Duration
	over       time.Duration
	underWay   time.Duration
	heard      bool // underWay is known

	paused   bool
	waiting  []news // while paused
	selected frameKey
	follow   bool // the newest late frame is selected
	scroll   int  // of the detail and the help
	zoom     int  // frames in one bar
}

// frameKey names a frame for ever.
type frameKey struct {
	goroutine uint64
	n         int
	undrawn   bool
}

func keyOf(t *evidence.FrameTime) frameKey { return frameKey{t.Goroutine, t.N, t.Undrawn} }

// lateFrame is a late frame with what must be known of the stacks to show it, so
// that what was gathered until then need not be kept.
type lateFrame struct {
	evidence.LateFrame
	line   report.LateLine
	shares []share
}

type share struct {
	evidence.FrameShare
	where report.Place
	has   bool // where is known
	stack []report.StackLine
}

func newModel(o Options) *model {
	return &model{o: o, width: 80, height: 24, follow: true, zoom: 1, over: o.Over, causes: map[frameKey]evidence.LateCause{}}
}

// Init asks for the first news.
func (m *model) Init() tea.Cmd { return m.ask() }

// Update takes keys, sizes and news.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		return m, m.key(msg.String())
	case newsMsg:
		b := Batch(msg)
		if b.Ended {
			return m, tea.Quit
		}
		if m.paused {
			m.waiting = append(m.waiting, m.read(b))
		} else {
			m.take(m.read(b))
		}
		return m, m.ask()
	}
	return m, nil
}

func (m *model) key(key string) tea.Cmd {
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
		return nil
	case "?":
		if m.screen == help {
			m.screen = overview
		} else {
			m.screen, m.scroll = help, 0
		}
		return nil
	case "esc", "backspace":
		m.screen, m.scroll = overview, 0
		return nil
	}
	switch m.screen {
	case overview:
		m.overviewKey(key)
	case detail:
		m.detailKey(key)
	case help:
		m.scrollBy(key)
	}
	return nil
}

func (m *model) overviewKey(key string) {
	switch key {
	case "up", "k":
		m.move(1)
	case "down", "j":
		m.move(-1)
	case "home", "g":
		m.follow = true
	case "enter", "right", "l":
		if i := m.selection(); i >= 0 {
			m.selected, m.follow = keyOf(&m.late[i].FrameTime), false
			m.screen, m.scroll = detail, 0
		}
	case "tab":
		if len(m.goroutines) > 1 {
			m.shown = (m.shown + 1) % len(m.goroutines)
		}
	case "-", "z":
		m.zoom = min(maxZoom, m.zoom*2)
	case "+", "=":
		m.zoom = max(1, m.zoom/2)
	}
}

func (m *model) detailKey(key string) {
	switch key {
	case "left", "h":
		m.move(-1)
		m.scroll = 0
	case "right", "l":
		m.move(1)
		m.follow, m.scroll = false, 0
	default:
		m.scrollBy(key)
	}
}

func (m *model) scrollBy(key string) {
	page := max(1, m.height-4)
	switch key {
	case "up", "k":
		m.scroll--
	case "down", "j", "enter":
		m.scroll++
	case "pgup":
		m.scroll -= page
	case "pgdown":
		m.scroll += page
	case "home", "g":
		m.scroll = 0
	}
	m.scroll = max(0, m.scroll)
}

// selection is the index into late of the selected one, -1 if there is none.
func (m *model) selection() int {
	if !m.follow {
		for i := range m.late {
			if keyOf(&m.late[i].FrameTime) == m.selected {
				return i
			}
		}
	}
	return len(m.late) - 1
}

// move selects a newer or, if by is negative, an older late frame.
func (m *model) move(by int) {
	i := m.selection()
	if i < 0 {
		return
	}
	i = min(max(0, i+by), len(m.late)-1)
	m.selected = keyOf(&m.late[i].FrameTime)
	m.follow = i == len(m.late)-1
}

// news is a batch with what must be known of all that was gathered, so that
// that can be forgotten.
type news struct {
	frames   []evidence.FrameTime
	late     []lateFrame
	causes   []evidence.LateFrame // of frames that will be among late
	at       time.Duration
	heard    bool
	underWay time.Duration
	period   time.Duration // 0: not told
	over     time.Duration // 0: not told
}

func (m *model) read(b Batch) news {
	n := news{frames: b.Frames, causes: b.Causes, at: b.At, underWay: b.UnderWay, heard: b.Heard}
	if f := b.SoFar; f != nil {
		n.period, n.over = f.Period, f.Over
	}
	for i := range b.Late {
		l := &b.Late[i]
		out := lateFrame{LateFrame: *l, line: report.LateLineOf(b.SoFar, l, m.o.Lang)}
		for j := range l.Shares {
			s := share{FrameShare: l.Shares[j], stack: report.ShareStack(b.SoFar, &l.Shares[j])}
			s.where, s.has = report.SharePlace(b.SoFar, &l.Shares[j])
			out.shares = append(out.shares, s)
		}
		n.late = append(n.late, out)
	}
	return n
}

// take adds what is new.
func (m *model) take(n news) {
	m.at, m.underWay, m.heard = n.at, n.underWay, n.heard
	for i := range n.frames {
		m.know(n.frames[i].Goroutine)
	}
	m.frames = append(m.frames, n.frames...)
	if n := len(m.frames); n > 2*maxFrames {
		m.frames = append([]evidence.FrameTime(nil), m.frames[n-maxFrames:]...)
	}
	if n.period > 0 {
		m.period = n.period
	}
	if n.over > 0 {
		m.over = n.over
	}
	for i := range n.causes {
		if main := report.MainCause(&n.causes[i]); main != nil {
			m.causes[keyOf(&n.causes[i].FrameTime)] = main.Cause
		}
	}
	for i := range n.late {
		l := &n.late[i].LateFrame
		if main := report.MainCause(l); main != nil {
			m.causes[keyOf(&l.FrameTime)] = main.Cause
		}
	}
	m.late = append(m.late, n.late...)
	for len(m.late) > maxLate {
		delete(m.causes, keyOf(&m.late[0].FrameTime))
		m.late = m.late[1:]
	}
}

func (m *model) know(goroutine uint64) {
	for _, g := range m.goroutines {
		if g == goroutine {
			return
		}
	}
	m.goroutines = append(m.goroutines, goroutine)
}

// goroutine is the one whose frames are shown, 0 if none has made any yet.
func (m *model) goroutine() uint64 {
	if len(m.goroutines) == 0 {
		return 0
	}
	return m.goroutines[m.shown]
}

// own returns the frames of the goroutine shown.
func (m *model) own() []evidence.FrameTime {
	if len(m.goroutines) < 2 {
		return m.frames
	}
	var out []evidence.FrameTime
	for i := range m.frames {
		if m.frames[i].Goroutine == m.goroutine() {
			out = append(out, m.frames[i])
		}
	}
	return out
}

// figures are those of the last second, or of the last 60 frames.
func (m *model) figures(own []evidence.FrameTime) report.Figures {
	from := len(own)
	for from > 0 && own[from-1].End > m.at-figureTime {
		from--
	}
	from = max(0, min(from, len(own)-figureFrames))
	return report.WindowFigures(own[from:], m.period)
}

// idle reports whether the program has had nothing to draw for a while. Where
// nothing was told yet it may as well hang in a frame.
func (m *model) idle(own []evidence.FrameTime) bool {
	const rest = 500 * time.Millisecond
	return m.heard && m.underWay == 0 && (len(own) == 0 || m.at-own[len(own)-1].End > rest)
}
