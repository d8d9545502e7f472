package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The ids of the driver family that follow from logs and devices.
const (
	driverError      = "gpu/driver-error"
	softwareRenderer = "gpu/software-renderer"
)

// GPU are the findings of the driver family.
func GPU(ev *evidence.Evidence) []report.Finding {
	g := ev.GPU
	if g == nil {
		return nil
	}
	said := listen(ev)
	out := driverErrors(ev, said)
	if f, ok := noDriver(ev); ok {
		out = append(out, f)
	}
	if f, ok := inSoftware(ev, said); ok {
		out = append(out, f)
	}
	return out
}

// whose says whom a message is about.
type whose int

const (
	nobodys whose = iota // it names nobody
	others
	namesake // another process of the same name
	ours
)

// message is one message of a driver, understood.
type message struct {
	driverlog.Found
	*evidence.DriverMessage
	whose  whose
	before bool // it came before the target was started
	unsure bool // … or maybe so
	output bool // the program wrote it itself
}

// listen understands the messages of the log and of the program's output.
func listen(ev *evidence.Evidence) []message {
	g := ev.GPU
	var all []message
	for i := range g.Messages {
		m := message{DriverMessage: &g.Messages[i]}
		f, ok := driverlog.Match(m.Text)
		if !ok {
			continue
		}
		m.Found = f
		m.Driver = driverIn(m.Text, f.Driver)
		if start := ev.Target.StartedAt; !start.IsZero() && !m.Last.IsZero() {
			// Clocks are not read at one moment.
			const slack = time.Second
			m.before = m.Last.Before(start.Add(-slack))
			m.unsure = !m.before && m.Early > 0 && m.Last.Add(-m.Early).Before(start)
		}
		m.whose = attribute(ev, &m)
		if f.Kind == driverlog.Who {
			named(all, &m)
			continue
		}
		all = append(all, m)
	}
	for i := range g.Output {
		m := message{DriverMessage: &g.Output[i], output: true, whose: ours}
		if f, ok := driverlog.MatchOutput(m.Text); ok {
			m.Found = f
			m.Driver = "output"
			all = append(all, m)
		}
	}
	return all
}

// driverIn is the driver that wrote a message of the drivers' common code.
func driverIn(line, driver string) string {
	if driver != "drm" && driver != "ttm" {
		return driver
	}
	for _, d := range []string{"amdgpu", "radeon", "i915", "xe", "nouveau", "nvidia", "panfrost", "panthor", "v3d", "vc4", "vmwgfx", "virtio_gpu", "msm", "etnaviv", "lima"} {
		if strings.HasPrefix(line, d+" ") || strings.Contains(line, "["+d+"]") {
			return d
		}
	}
	return driver
}

// attribute finds out whom a message is about.
func attribute(ev *evidence.Evidence, m *message) whose {
	if m.PID == 0 && m.Comm == "" {
		return nobodys
	}
	g := ev.GPU
	comm := cmp.Or(g.Comm, ev.Target.Name)
	const cut = 15 // TASK_COMM_LEN, without its zero
	same := m.Comm == "" || comm != "" && m.Comm[:min(len(m.Comm), cut)] == comm[:min(len(comm), cut)]
	pid := m.PID != 0 && (m.PID == ev.Target.PID || slices.Contains(g.Threads, m.PID))
	switch {
	case pid && !m.before && (same || !m.Last.IsZero()):
		return ours
	case same && m.PID == 0 && !m.before:
		return ours
	case same && m.Comm != "":
		return namesake
	}
	return others
}

// named gives a message that says who it was to the one before it that it belongs to.
func named(all []message, who *message) {
	const lines = 8
	for i := len(all) - 1; i >= 0 && i >= len(all)-lines; i-- {
		m := &all[i]
		if m.Driver != who.Driver || m.Kind != driverlog.Hang && m.Kind != driverlog.Fault {
			continue
		}
		if m.Last.Sub(who.Last).Abs() > 10*time.Second && !m.Last.IsZero() {
			continue
		}
		if m.whose < who.whose {
			m.whose, m.PID, m.Comm = who.whose, who.PID, who.Comm
		}
		return
	}
}

// weigh says how bad a message is for the target.
func weigh(ev *evidence.Evidence, m *message) report.Severity {
	if m.before && !m.Lasts {
		return report.Info
	}
	alone := ev.Target.Kind == evidence.KindLog
	if !alone && !m.output && m.whose != ours && !draws(ev, m.Driver) {
		return report.Info
	}
	mine := m.whose == ours || alone
	by := func(mine_, nobodys_, others_ report.Severity) report.Severity {
		switch {
		case mine:
			return mine_
		case m.whose == nobodys:
			return nobodys_
		}
		return others_
	}
	s := report.Info
	switch m.Kind {
	case driverlog.Hang, driverlog.Reset, driverlog.Fault:
		unnamed, foreign := report.P2, report.Info
		if m.Alone || m.Whole {
			unnamed = report.P1
		}
		if m.Whole {
			foreign = report.P2
		}
		s = by(report.P1, unnamed, foreign)
	case driverlog.Lost:
		s = report.P0
		if m.before {
			s = report.P1
		}
	case driverlog.Init, driverlog.Mismatch, driverlog.Hardware:
		s = report.P1
	case driverlog.Memory:
		s = by(report.P1, report.P2, report.Info)
	case driverlog.Display:
		s = report.P1
	case driverlog.Power, driverlog.Thermal:
		s = report.P2
	case driverlog.Crash, driverlog.Killed:
		s = by(report.P1, report.P2, report.Info)
		if m.whose == namesake {
			s = report.P2
		}
	case driverlog.Blocked:
		s = by(report.P1, report.Info, report.Info)
	}
	if m.Light && s.Rank() < report.P2.Rank() {
		s = report.P2
	}
	return s
}

// draws reports whether the target may draw with the GPUs of that driver: it has
// something to draw with, and does not use another driver's GPU.
func draws(ev *evidence.Evidence, driver string) bool {
	g := ev.GPU
	if len(g.Libraries) == 0 && ev.Target.Toolkit == "" && !g.Unread {
		return false
	}
	used := ""
	for _, o := range g.Open {
		if o.Busy > 0 || o.Mapped > 0 {
			used = cmp.Or(o.Driver, used)
		}
	}
	kernel := slices.ContainsFunc(g.Cards, func(c evidence.GPUCard) bool { return c.Driver == driver })
	return used == "" || used == driver || driver == "process" || driver == "drm" || driver == "ttm" || driver == "cma" || kernel && used == driver
}

// driverErrors makes one finding of what one driver said.
func driverErrors(ev *evidence.Evidence, said []message) []report.Finding {
	groups := map[string][]message{}
	var order []string
	for _, m := range said {
		if m.Kind == driverlog.Notice && m.before || m.Kind == driverlog.Blocked && m.whose != ours || m.Kind == driverlog.Recovered && len(said) == 1 {
			continue
		}
		key := m.Driver
		if key == "process" {
			key += string(m.Kind)
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], m)
	}
	var out []report.Finding
	for _, key := range order {
		out = append(out, driverFinding(ev, groups[key]))
	}
	return out
}

// driverFinding is the finding of one driver's messages: its worst, then the others.
func driverFinding(ev *evidence.Evidence, group []message) report.Finding {
	weights := make(map[*evidence.DriverMessage]report.Severity, len(group))
	for i := range group {
		weights[group[i].DriverMessage] = weigh(ev, &group[i])
	}
	head := slices.MinFunc(group, func(a, b message) int {
		return cmp.Or(cmp.Compare(weights[a.DriverMessage].Rank(), weights[b.DriverMessage].Rank()), -cmp.Compare(a.whose, b.whose), cmp.Compare(precedence(a.Kind), precedence(b.Kind)))
	})
	f := report.Finding{ID: driverError, Severity: weights[head.DriverMessage], Confidence: sureness(ev, &head), Evidence: []string{"gpu"}}
	f.Title = driverTitle(ev, &head, f.Severity)
	shown := []message{head}
	for _, m := range group {
		if m.DriverMessage != head.DriverMessage && (m.before == head.before || m.Lasts) {
			shown = append(shown, m)
		}
	}
	slices.SortStableFunc(shown[1:], func(a, b message) int {
		return cmp.Compare(weights[a.DriverMessage].Rank(), weights[b.DriverMessage].Rank())
	})
	const most = 6
	advised := map[string]bool{}
	for i := range shown[:min(len(shown), most)] {
		m := &shown[i]
		f.Why = append(f.Why, quotedMessage(m))
		if i == 0 {
			f.Why = append(f.Why, circumstances(ev, m)...)
		}
		if m.Do != "" && !advised[m.Do] && (i == 0 || weights[m.DriverMessage].Rank() <= f.Severity.Rank()) {
			advised[m.Do] = true
			f.Remedy = append(f.Remedy, text.T("driver.now."+m.Do))
		}
	}
	if n := len(shown) - most; n > 0 {
		f.Why = append(f.Why, text.T("why.gpu.more", n))
	}
	if n := len(group) - len(shown); n > 0 && !head.before {
		f.Why = append(f.Why, text.T("why.gpu.older", n))
	}
	if f.Severity != report.Info && safeHelps(head.Kind) && ev.Target.Kind != evidence.KindLog {
		f.Remedy = append([]text.Text{text.T("finding.gpu/driver-error.now.safe", safeCommand(ev))}, f.Remedy...)
	}
	if f.Severity.Rank() <= report.P1.Rank() && (head.Kind == driverlog.Hang || head.Kind == driverlog.Fault || head.Kind == driverlog.Lost) && !head.output {
		f.Remedy = append(f.Remedy, text.T("finding.gpu/driver-error.now.report"))
		if head.whose == ours && head.Kind != driverlog.Lost {
			f.Remedy = append(f.Remedy, text.T("finding.gpu/driver-error.change.program"))
		}
	}
	if !head.before && !head.Last.IsZero() && !ev.GPU.At.IsZero() && ev.Target.Kind != evidence.KindLog {
		f.SinceMS = max(0, ev.GPU.At.Sub(head.At).Milliseconds())
	}
	return f
}

// precedence orders kinds of equal weight: causes before what follows from them.
func precedence(k driverlog.Kind) int {
	order := []driverlog.Kind{driverlog.Lost, driverlog.Mismatch, driverlog.Hardware, driverlog.Init, driverlog.Hang, driverlog.Fault, driverlog.Memory, driverlog.Display, driverlog.Power,
		driverlog.Thermal, driverlog.Crash, driverlog.Killed, driverlog.Blocked, driverlog.Reset, driverlog.Recovered, driverlog.Notice}
	return slices.Index(order, k)
}

func sureness(ev *evidence.Evidence, m *message) float64 {
	c := 0.7
	switch {
	case m.output:
		c = 0.9
	case m.whose == ours && m.PID != 0:
		c = 0.95
	case m.whose == ours, m.Lasts:
		c = 0.85
	case m.Alone:
		c = 0.8
	case ev.Target.Kind == evidence.KindLog:
		c = 0.9
	}
	if m.unsure || ev.Target.Kind != evidence.KindLog && m.Last.IsZero() && !m.output {
		c -= 0.15
	}
	return c
}

// driverTitle is the title by the kind of trouble and by whom it is about.
func driverTitle(ev *evidence.Evidence, m *message, s report.Severity) text.Text {
	driver := cmp.Or(map[string]string{"process": "the kernel", "virtio_gpu": "virtio-gpu"}[m.Driver], m.Driver)
	if m.before && s == report.Info {
		return text.T("finding.gpu/driver-error.title.before", driver)
	}
	if m.output && m.Kind == driverlog.Init {
		return text.T("finding.gpu/driver-error.title.context", cmp.Or(m.What, m.ID))
	}
	if m.output {
		return text.T("finding.gpu/driver-error.title.output")
	}
	key := string(m.Kind)
	switch m.Kind {
	case driverlog.Hang, driverlog.Fault, driverlog.Memory, driverlog.Crash, driverlog.Killed:
		key += map[whose]string{ours: "-ours", nobodys: "", others: "-others", namesake: "-others"}[m.whose]
		if ev.Target.Kind == evidence.KindLog && m.whose == ours {
			key = string(m.Kind) + "-others"
		}
	}
	return text.T("finding.gpu/driver-error.title."+key, driver, m.Comm)
}

// quoted is a message in its own words, and what it means.
func quotedMessage(m *message) text.Text {
	const most = 180
	said := m.Text
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + "…"
	}
	key := "why.gpu.kernel"
	if m.output {
		key = "why.gpu.output"
	}
	meaning := text.T("driver.means." + m.ID)
	if m.Count > 1 {
		return text.T(key+".times", said, meaning, m.Count)
	}
	return text.T(key, said, meaning)
}

// circumstances say whom a message is about, and when it came.
func circumstances(ev *evidence.Evidence, m *message) (why []text.Text) {
	if ev.Target.Kind == evidence.KindLog || m.output {
		return nil
	}
	switch {
	case m.whose == ours && m.PID != 0:
		why = append(why, text.T("why.gpu.ours", m.PID))
	case m.whose == ours:
		why = append(why, text.T("why.gpu.ours-name", m.Comm))
	case m.whose == namesake:
		why = append(why, text.T("why.gpu.namesake", m.Comm, m.PID))
	case m.whose == others:
		why = append(why, text.T("why.gpu.others", cmp.Or(m.Comm, "?"), m.PID))
	case m.Alone:
		why = append(why, text.T("why.gpu.alone"))
	}
	start, now := ev.Target.StartedAt, ev.GPU.At
	switch {
	case m.Last.IsZero():
		why = append(why, text.T("why.gpu.no-time"))
	case start.IsZero():
	case m.before && m.Lasts:
		why = append(why, text.T("why.gpu.before-lasts", text.Duration(start.Sub(m.Last))))
	case m.before:
		why = append(why, text.T("why.gpu.before", text.Duration(start.Sub(m.Last))))
	case m.unsure:
		why = append(why, text.T("why.gpu.unsure"))
	default:
		why = append(why, text.T("why.gpu.after", text.Duration(max(0, m.At.Sub(start))), text.Duration(max(0, now.Sub(m.Last)))))
	}
	return why
}

// safeHelps reports whether drawing without the GPU avoids that kind of trouble.
func safeHelps(k driverlog.Kind) bool {
	switch k {
	case driverlog.Hang, driverlog.Fault, driverlog.Lost, driverlog.Init, driverlog.Mismatch, driverlog.Hardware, driverlog.Crash, driverlog.Memory, driverlog.Reset, driverlog.Power, driverlog.Thermal:
		return true
	}
	return false
}

// safeCommand is the program as it is named in a command.
func safeCommand(ev *evidence.Evidence) string {
	s := cmp.Or(ev.Target.Exe, ev.Target.Name)
	if strings.ContainsAny(s, " '\"$`\\") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
