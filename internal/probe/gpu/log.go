package gpu

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Sources of a log.
const (
	fromKmsg    = "kmsg"
	fromJournal = "journal"
	fromFile    = "file"
)

// log reads the kernel log.
func (l *look) log() error {
	if l.o.NoLog {
		return nil
	}
	c := &collector{now: l.o.Now(), boot: l.bootTime(), started: l.started(), log: &l.res.GPU.Log}
	defer func() { l.res.GPU.Messages = c.all }()
	if l.o.Log != "" {
		c.log.Source, c.log.File = fromFile, l.o.Log
		if l.o.Process == nil { // another machine's, for all that is known
			c.boot = time.Time{}
		}
		if l.o.Log == "-" {
			if err := driverlog.Read(os.Stdin, c.now, c.add); err != nil {
				return &os.PathError{Op: "read", Path: "-", Err: err}
			}
			return nil
		}
		f, err := os.Open(l.o.Log)
		if err != nil {
			return err
		}
		defer f.Close()
		err = driverlog.ErrNoLog
		if st, e := f.Stat(); e == nil && !st.IsDir() {
			err = driverlog.Read(f, c.now, c.add)
		}
		if err != nil {
			return &os.PathError{Op: "read", Path: l.o.Log, Err: err}
		}
		return nil
	}
	c.early = l.slept()
	err := l.kmsg(c.add)
	if err == nil {
		c.log.Source = fromKmsg
		return nil
	}
	c.early = 0
	if l.o.Root == "" && l.journal(c.add) == nil {
		c.log.Source = fromJournal
		return nil
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return nil // another system: the limit would help nobody
	}
	l.res.Limits = append(l.res.Limits, report.Limit{Probe: name, Why: text.T("limit.gpu-log.why", reason(err)), Help: text.T("limit.gpu-log.help", ownPath())})
	return nil
}

func (l *look) started() time.Time {
	if l.o.Process == nil {
		return time.Time{}
	}
	return l.o.Process.Started
}

func reason(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Path + ": " + pe.Err.Error()
	}
	return err.Error()
}

func ownPath() string {
	if p, err := os.Executable(); err == nil {
		return p
	}
	return "gomedic"
}

// journalWithin bounds how long journalctl may take.
const journalWithin = 3 * time.Second

// journal reads the kernel's lines since the machine's start from the systemd journal.
func (l *look) journal(add func(driverlog.Entry)) error {
	ctx, stop := context.WithTimeout(l.ctx, journalWithin)
	defer stop()
	cmd := exec.CommandContext(ctx, "journalctl", "-k", "-b", "-q", "--no-pager", "-o", "json",
		"--output-fields=MESSAGE,_TRANSPORT,_SOURCE_MONOTONIC_TIMESTAMP", "-n", strconv.Itoa(maxRecords))
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	return driverlog.Read(bytes.NewReader(out), l.o.Now(), add)
}

// Bounds on what is kept of a log.
const (
	maxRecords  = 50_000
	maxMessages = 256
	maxText     = 400
)

// collector keeps the messages that tell trouble, equal ones once.
type collector struct {
	now, boot, started time.Time
	early              time.Duration
	log                *evidence.DriverLog
	all                []evidence.DriverMessage
	seen               map[alike]int
}

// alike are messages of one kind about one process, before or after the target's start.
type alike struct {
	id, comm, what string
	pid            int
	before         bool
}

func (c *collector) add(e driverlog.Entry) {
	c.log.Lines++
	at := e.At
	early := time.Duration(0)
	if at.IsZero() && e.Boot >= 0 && !c.boot.IsZero() {
		at, early = c.boot.Add(e.Boot), c.early
		// The kernel's clock stands still while the machine sleeps: the time is counted
		// back from now, and may be earlier by all sleeps together.
		at = at.Add(early)
	}
	c.log.Last = later(c.log.Last, at)
	f, ok := driverlog.Match(e.Text)
	if !ok {
		return
	}
	k := alike{id: f.ID, comm: f.Comm, what: f.What, pid: f.PID, before: !c.started.IsZero() && !at.IsZero() && at.Before(c.started)}
	if len(k.what) > 0 && (f.Kind == driverlog.Fault || f.ID == "drm-error") && !strings.HasPrefix(f.ID, "nvidia-xid") {
		k.what = ""
	}
	if i, ok := c.seen[k]; ok {
		m := &c.all[i]
		m.Count++
		m.Last = later(m.Last, at)
		return
	}
	if len(c.all) == maxMessages {
		return
	}
	if c.seen == nil {
		c.seen = map[alike]int{}
	}
	c.seen[k] = len(c.all)
	m := evidence.DriverMessage{Text: clean(e.Text), At: at, Last: at, Count: 1, Early: early}
	if at.IsZero() && e.Boot > 0 {
		m.Boot = e.Boot
	}
	c.all = append(c.all, m)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// clean makes a message printable and short.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return strings.TrimSpace(s)
}

// Output keeps what a program's standard error says of its graphics driver. It is a
// writer to which all of it is copied.
type Output struct {
	rest []byte
	all  []evidence.DriverMessage
	seen map[string]int
}

// Write takes a piece of the output.
func (o *Output) Write(b []byte) (int, error) {
	o.rest = append(o.rest, b...)
	for {
		i := bytes.IndexByte(o.rest, '\n')
		if i < 0 {
			break
		}
		o.line(string(o.rest[:i]))
		o.rest = o.rest[i+1:]
	}
	if len(o.rest) > 1<<14 {
		o.rest = nil
	}
	return len(b), nil
}

func (o *Output) line(s string) {
	f, ok := driverlog.MatchOutput(s)
	if !ok {
		return
	}
	if i, ok := o.seen[f.ID+" "+f.What]; ok {
		o.all[i].Count++
		return
	}
	if len(o.all) == maxMessages {
		return
	}
	if o.seen == nil {
		o.seen = map[string]int{}
	}
	o.seen[f.ID+" "+f.What] = len(o.all)
	o.all = append(o.all, evidence.DriverMessage{Text: clean(s), Count: 1})
}

// Messages are what was kept so far.
func (o *Output) Messages() []evidence.DriverMessage {
	if len(o.rest) > 0 {
		o.line(string(o.rest))
		o.rest = nil
	}
	return o.all
}

var _ io.Writer = (*Output)(nil)
