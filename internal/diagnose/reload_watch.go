package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The rules about watching count what the trials have loaded, and name the line of the
// project's code that makes it so. What the trials did not show is not told, whatever
// the code looks like.

// Ids of the watchers' illnesses.
const (
	partialRead = "reload/partial-read"
	lostWatch   = "reload/lost-watch"
	tornSet     = "reload/torn-set"
)

// A single bad load among hundreds may be the machine's.
const (
	fewBad   = 2
	badShare = 0.01
)

// shortGap is up to which gap between two saves one wait is expected to bridge it: an
// editor's "save all", a copy of two files.
const shortGap = 20 * time.Millisecond

// Watching finds what goes wrong between a save and its load.
func Watching(ev *evidence.Evidence) []report.Finding {
	if ev.Watching == nil {
		return nil
	}
	var out []report.Finding
	for i := range ev.Watching.Uses {
		w := &watching{t: &ev.Target, u: &ev.Watching.Uses[i]}
		out = append(out, w.partial()...)
		out = append(out, w.lost()...)
		out = append(out, w.torn()...)
	}
	return out
}

// watching is one use of a library under examination.
type watching struct {
	t *evidence.Target
	u *evidence.WatchUse
}

// finding begins a finding about a place; of several places the first that is known.
func (w *watching) finding(id, variant string, severity report.Severity, confidence float64, places ...*evidence.Frame) report.Finding {
	f := report.Finding{ID: id, Severity: severity, Confidence: confidence, Evidence: []string{"source", "reload-check"}}
	for _, p := range places {
		if p != nil {
			f.Where = &report.Place{Function: p.Function, File: p.File, Line: p.Line}
			break
		}
	}
	name := w.u.Path
	if f.Where != nil {
		name = shortCall(f.Where.Function)
	}
	f.Title = text.T("finding."+id+".title"+variant, name)
	return f
}

// library says which one was tried.
func (w *watching) library() text.Text {
	if w.u.Via != "" {
		return text.T("why.watch.library.via", w.u.Path, orUnknown(w.u.Version), w.u.Via)
	}
	return text.T("why.watch.library", w.u.Path, orUnknown(w.u.Version))
}

func orUnknown(version string) string { return cmp.Or(version, "(devel)") }

// firstAdd is the first place that watches one of the kinds; all: of none.
func (w *watching) firstAdd(kinds ...string) *evidence.Frame {
	for i := range w.u.Adds {
		a := &w.u.Adds[i]
		if !a.Again && (len(kinds) == 0 || slices.Contains(kinds, a.What)) {
			return &a.Frame
		}
	}
	return nil
}

func (w *watching) assumed(what string) bool { return slices.Contains(w.u.Assumed, what) }

// finish adds what makes a finding less sure, and rounds.
func (w *watching) finish(f report.Finding, matter ...string) report.Finding {
	for _, a := range matter {
		if w.assumed(a) {
			f.Confidence -= 0.2
			f.Why = append(f.Why, text.T("why.watch.assumed."+a))
		}
	}
	if w.u.Via != "" {
		f.Confidence -= 0.1
		f.Why = append(f.Why, text.T("why.watch.via", w.u.Via))
	}
	f.Why = append(f.Why, w.library())
	f.Confidence = round(min(max(f.Confidence, 0.05), 0.99))
	return f
}

// trials are those of some kinds, of what is watched first unless what says otherwise.
func (w *watching) trials(what string, kinds ...string) (all []*evidence.WatchTrial) {
	for i := range w.u.Trials {
		t := &w.u.Trials[i]
		if slices.Contains(kinds, t.Case) && (what == "" || (t.What == evidence.WatchesFile) == (what == evidence.WatchesFile)) {
			all = append(all, t)
		}
	}
	return all
}

func bad(t *evidence.WatchTrial) bool {
	n := t.Empty + t.Partial
	return n >= fewBad && float64(n) >= badShare*float64(t.Loads)
}

// partial: files are loaded while they are being written.
func (w *watching) partial() []report.Finding {
	severity := report.P2
	var why []text.Text
	for _, t := range w.trials("", evidence.TrialWrite, evidence.TrialSlow, evidence.TrialVim, evidence.TrialRename) {
		if !bad(t) {
			continue
		}
		if t.Case != evidence.TrialSlow {
			severity = report.P1 // a save like any other
		}
		why = append(why, text.T("why.watch.partial."+t.Case, t.Empty, t.Partial, t.Loads, t.Saves))
	}
	// What came in the end was dropped, and what was loaded stays.
	dropped := false
	if w.u.WaitKind == evidence.WaitSkip {
		for _, t := range w.trials("", evidence.TrialWrite, evidence.TrialSlow) {
			if t.Missed > 0 {
				dropped, severity = true, report.P1
				why = append(why, text.T("why.watch.dropped", t.Missed, t.Saves, text.Duration(w.u.Wait)))
			}
		}
	}
	if len(why) == 0 {
		return nil
	}
	variant, first := "", []*evidence.Frame{w.u.Acts, w.u.Reads, w.firstAdd()}
	if w.u.Wait > 0 && w.u.Waits != nil {
		first = append([]*evidence.Frame{w.u.Waits}, first...)
		variant = ".wait"
		if dropped {
			variant = ".dropped"
		}
	}
	f := w.finding(partialRead, variant, severity, 0.95, first...)
	f.Why = append(why, w.howItWaits())
	f.Remedy = []text.Text{text.T("finding.reload/partial-read.now")}
	switch w.u.Library {
	case evidence.LibNotify, evidence.LibGonotify:
		f.Remedy = append(f.Remedy, text.T("finding.reload/partial-read.change."+w.u.Library))
	case evidence.LibRadovskyb:
		f.Remedy = append(f.Remedy, text.T("finding.reload/partial-read.change.watcher"))
	default:
		f.Remedy = append(f.Remedy, text.T("finding.reload/partial-read.change.fsnotify"))
	}
	f.Remedy = append(f.Remedy, text.T("finding.reload/partial-read.change.watch"))
	return []report.Finding{w.finish(f, evidence.AssumedEvents, evidence.AssumedWait)}
}

// howItWaits says how the project waits, and on what it acts.
func (w *watching) howItWaits() text.Text {
	events := strings.Join(w.u.Events, ", ")
	if w.u.Wait == 0 {
		return text.T("why.watch.acts", events)
	}
	return text.T("why.watch.acts."+w.u.WaitKind, events, text.Duration(w.u.Wait))
}

// lost: the watch does not follow.
func (w *watching) lost() []report.Finding {
	var out []report.Finding
	add := func(f report.Finding, ok bool) {
		if ok {
			out = append(out, f)
		}
	}
	add(w.lostStuck())
	if len(out) == 0 { // what stands still follows nothing
		add(w.lostFile())
		add(w.lostEvents())
	}
	add(w.lostOverflow())
	add(w.lostDirs())
	return out
}

// replaced are the trials of saves that put another file in the place of the old one.
func (w *watching) replaced(what string) (all []*evidence.WatchTrial) {
	for _, t := range w.trials(what, evidence.TrialRename, evidence.TrialVim) {
		if t.Missed >= fewBad && 5*t.Missed >= t.Saves { // more than a stall of the machine
			all = append(all, t)
		}
	}
	return all
}

func whyReplaced(all []*evidence.WatchTrial) (why []text.Text) {
	for _, t := range all {
		why = append(why, text.T("why.watch.missed."+t.Case, t.Missed, t.Saves))
	}
	return why
}

// lostStuck: the library waits for the project to take an error, and the project for the
// library to add a watch.
func (w *watching) lostStuck() (report.Finding, bool) {
	var stuck []*evidence.WatchTrial
	for _, t := range w.trials("", evidence.TrialRename, evidence.TrialVim, evidence.TrialWrite, evidence.TrialSlow) {
		if t.Stuck {
			stuck = append(stuck, t)
		}
	}
	if len(stuck) == 0 {
		return report.Finding{}, false
	}
	var again *evidence.Frame
	for i := range w.u.Adds {
		if w.u.Adds[i].Again {
			again = &w.u.Adds[i].Frame
		}
	}
	f := w.finding(lostWatch, ".stuck", report.P1, 0.85, w.u.ReaddAt, again, w.u.NewAt, w.u.Reads, w.firstAdd())
	f.Why = append(whyReplaced(stuck), text.T("why.watch.stuck"))
	f.Remedy = []text.Text{text.T("finding.reload/lost-watch.now"), text.T("finding.reload/lost-watch.change.stuck"), text.T("finding.reload/lost-watch.change.file"),
		text.T("finding.reload/lost-watch.change.watch")}
	return w.finish(f), true
}

// lostFile: a file is watched, and gone with the first editor that replaces it.
func (w *watching) lostFile() (report.Finding, bool) {
	lost := w.replaced(evidence.WatchesFile)
	if len(lost) == 0 || w.u.Library == evidence.LibOurs {
		return report.Finding{}, false
	}
	severity, sure, variant := report.P1, 0.95, ""
	if w.assumed(evidence.AssumedTarget) {
		severity, sure, variant = report.Info, 0.6, ".perhaps"
	}
	f := w.finding(lostWatch, variant, severity, sure, w.firstAdd(evidence.WatchesFile), w.firstAdd())
	f.Why = append(whyReplaced(lost), text.T("why.watch.file"))
	if w.u.Readds {
		f.Why = append(f.Why, text.T("why.watch.readds"))
	}
	f.Remedy = []text.Text{text.T("finding.reload/lost-watch.now"), text.T("finding.reload/lost-watch.change.file"), text.T("finding.reload/lost-watch.change.watch")}
	return w.finish(f, evidence.AssumedTarget), true
}

// lostEvents: the directory is watched, and what a replaced file tells is left out.
func (w *watching) lostEvents() (report.Finding, bool) {
	lost := w.replaced(evidence.WatchesDir)
	if len(lost) == 0 {
		return report.Finding{}, false
	}
	f := w.finding(lostWatch, ".events", report.P1, 0.9, w.u.Acts, w.u.Reads, w.firstAdd())
	f.Why = append(whyReplaced(lost), w.howItWaits())
	key := "finding.reload/lost-watch.change.events"
	if w.u.Library == evidence.LibNotify || w.u.Library == evidence.LibGonotify {
		key += "." + w.u.Library
	}
	f.Remedy = []text.Text{text.T("finding.reload/lost-watch.now"), text.T(key), text.T("finding.reload/lost-watch.change.watch")}
	return w.finish(f, evidence.AssumedEvents), true
}

// lostOverflow: more happened than the queue holds, and nobody looks what it was.
func (w *watching) lostOverflow() (report.Finding, bool) {
	for _, t := range w.trials("", evidence.TrialOverflow) {
		if t.Missed == 0 && !t.Stuck {
			continue
		}
		variant, severity, sure := ".overflow", report.P2, 0.9
		places := []*evidence.Frame{w.u.Errors, w.u.Reads, w.firstAdd()}
		why := []text.Text{text.T("why.watch.overflow", t.Missed, t.Saves)}
		switch {
		case t.Stuck && !w.u.ErrorsRead:
			variant, severity = ".unread", report.P1
			why = append(why, text.T("why.watch.unread"))
		case t.Stuck:
			severity = report.P1
			why = append(why, text.T("why.watch.silent"))
		case w.u.Library == evidence.LibNotify:
			variant = ".buffer"
			why = append(why, text.T("why.watch.buffer", w.u.Buffer))
		case t.Overflow:
			why = append(why, text.T("why.watch.told"))
		}
		if w.waitsForAll() && !t.Stuck {
			severity, sure = report.Info, 0.6
			why = append(why, text.T("why.watch.wait-all", text.Duration(w.u.Wait)))
		}
		f := w.finding(lostWatch, variant, severity, sure, places...)
		f.Why = why
		f.Remedy = []text.Text{text.T("finding.reload/lost-watch.now"), text.T("finding.reload/lost-watch.change" + variant), text.T("finding.reload/lost-watch.change.watch")}
		return w.finish(f, evidence.AssumedTarget), true
	}
	return report.Finding{}, false
}

// waitsForAll: it waits after the first event. By then more files are there than it was
// told of, and who loads everything loads them, too.
func (w *watching) waitsForAll() bool {
	return w.u.WaitKind == evidence.WaitQuiet || w.u.WaitKind == evidence.WaitSleep
}

// lostDirs: what is written into a new directory before it is watched.
func (w *watching) lostDirs() (report.Finding, bool) {
	for _, t := range w.trials("", evidence.TrialNewDirs) {
		if t.Missed < fewBad {
			continue
		}
		variant, severity, sure := ".new-dirs", report.P2, 0.8
		why := []text.Text{text.T("why.watch.new-dirs", t.Missed, t.Saves)}
		switch {
		case !w.u.NewDirs && !w.u.Recursive:
			variant, sure = ".no-new-dirs", 0.75
		case w.waitsForAll():
			severity, sure = report.Info, 0.5
			why = append(why, text.T("why.watch.wait-all", text.Duration(w.u.Wait)))
		}
		f := w.finding(lostWatch, variant, severity, sure, w.u.NewAt, w.firstAdd(evidence.WatchesTree), w.firstAdd())
		f.Why = why
		f.Remedy = []text.Text{text.T("finding.reload/lost-watch.now"), text.T("finding.reload/lost-watch.change.new-dirs"), text.T("finding.reload/lost-watch.change.watch")}
		return w.finish(f), true
	}
	return report.Finding{}, false
}

// torn: files that belong together are loaded from different saves.
func (w *watching) torn() []report.Finding {
	var why []text.Text
	severity := report.Info
	for _, t := range w.trials("", evidence.TrialSet) {
		if t.Torn < fewBad {
			continue
		}
		if t.Gap <= shortGap {
			severity = report.P2
		}
		why = append(why, text.T("why.watch.torn", text.Duration(t.Gap), t.Torn, t.Loads))
	}
	if len(why) == 0 {
		return nil
	}
	places := []*evidence.Frame{w.u.Acts, w.u.Reads, w.firstAdd()}
	if w.u.Waits != nil {
		places = append([]*evidence.Frame{w.u.Waits}, places...)
	}
	f := w.finding(tornSet, "", severity, 0.7, places...)
	f.Why = append(why, w.howItWaits(), text.T("why.watch.related"))
	f.Remedy = []text.Text{text.T("finding.reload/torn-set.now"), text.T("finding.reload/torn-set.change"), text.T("finding.reload/torn-set.change.watch")}
	return []report.Finding{w.finish(f, evidence.AssumedWait)}
}
