package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// verdict is what a table expects: the worst finding, or "" for none.
type verdict struct {
	id       string
	severity report.Severity
	where    string
	blocker  string
}

func worst(ev *evidence.Evidence) (verdict, *report.Finding) {
	found := Findings(ev)
	if len(found) == 0 {
		return verdict{}, nil
	}
	f := &found[0]
	v := verdict{id: f.ID, severity: f.Severity}
	if f.Where != nil {
		v.where = f.Where.Function
	}
	if f.Blocker != nil {
		v.blocker = f.Blocker.Function
	}
	return v, f
}

// check compares the fields that want sets; an empty id means no finding.
func check(t *testing.T, name string, ev *evidence.Evidence, want verdict) *report.Finding {
	t.Helper()
	got, f := worst(ev)
	if want.where == "" {
		got.where = ""
	}
	if want.severity == "" {
		got.severity = ""
	}
	if want.blocker == "*" {
		got.blocker = "*"
	}
	if got != want {
		t.Errorf("%s: %+v, want %+v", name, got, want)
	}
	return f
}

func TestThresholds(t *testing.T) {
	sleep := inCallback("time.Sleep")
	pause := func(n int) *evidence.Evidence {
		return fyneScene().idle(50).watch(n, evidence.User, waiting, "sleep", sleep, 7, 9).idle(50).ends(waiting, "select", idleStack).Evidence
	}
	at := func(every time.Duration, ev *evidence.Evidence) *evidence.Evidence {
		for i := range ev.Freeze.Points {
			ev.Freeze.Points[i].At = time.Duration(i) * every
		}
		return ev
	}
	whole := func(n int) *evidence.Evidence {
		return fyneScene().watch(n, evidence.User, waiting, "sleep", sleep, 7, 9).ends(waiting, "sleep", sleep).Evidence
	}
	for _, c := range []struct {
		name string
		ev   *evidence.Evidence
		want verdict
	}{
		{"100 ms are nothing", pause(11), verdict{}},
		{"290 ms are nothing", pause(30), verdict{}},
		{"310 ms are noticed", pause(32), verdict{"ui-blocked/sleep", report.P1, "main.onTap", ""}},
		{"the whole time is a freeze", whole(100), verdict{"ui-blocked/sleep", report.P0, "main.onTap", ""}},
		{"the whole of 190 ms is too short", whole(20), verdict{}},
		{"the whole of 210 ms is a freeze", whole(22), verdict{"ui-blocked/sleep", report.P0, "main.onTap", ""}},
		{"four samples prove nothing", at(400*time.Millisecond, whole(4)), verdict{}},
		{"five far apart prove as little", at(400*time.Millisecond, whole(5)), verdict{}},
		{"five close together do", at(55*time.Millisecond, whole(5)), verdict{"ui-blocked/sleep", report.P0, "main.onTap", ""}},
		{"no samples at all", fyneScene().ends(waiting, "sleep", sleep).Evidence, verdict{}},
	} {
		check(t, c.name, c.ev, c.want)
	}
}

// TestProgress: a loop that goes round between two samples is not stuck, however
// alike the samples look.
func TestProgress(t *testing.T) {
	sleep := inCallback("time.Sleep")
	s := fyneScene()
	for i := range 100 {
		s = s.watch(1, evidence.User, waiting, "sleep", sleep, 7, uint64(1+i/10))
	}
	check(t, "ten callbacks of 100 ms", s.ends(waiting, "sleep", sleep).Evidence, verdict{})

	s = fyneScene()
	for i := range 100 {
		s = s.watch(1, evidence.User, waiting, "sleep", calls("time.Sleep", []string{"main.a", "main.b"}[i/10%2], fyneTap, fyneGL, "main.main"), 7, 0)
	}
	check(t, "another callback each time, without digest", s.ends(waiting, "sleep", sleep).Evidence, verdict{})

	s = fyneScene().watch(40, evidence.User, waiting, "sleep", sleep, 7, 9).watch(3, evidence.Unknown, running, "", nil, 0, 0).
		watch(40, evidence.User, waiting, "sleep", sleep, 7, 9).ends(waiting, "sleep", sleep)
	check(t, "a sample that could not be read breaks nothing", s.Evidence, verdict{"ui-blocked/sleep", report.P0, "main.onTap", ""})

	s = fyneScene().watch(100, evidence.Pump, inCall, "", calls("runtime.cgocall", "github.com/go-gl/gl/v2.1/gl._Cfunc_glowFinish",
		"fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).repaintWindow", fyneGL, "main.main"), 5, 0)
	check(t, "one call of the toolkit's that does not return", s.ends(inCall, "", s.Freeze.Stacks[0]).Evidence,
		verdict{"ui-stalled/gpu", report.P0, "", ""})

	s = fyneScene()
	for i := range 100 {
		s = s.watch(1, evidence.Pump, inCall, "", calls("runtime.cgocall", "github.com/go-gl/gl/v2.1/gl._Cfunc_glowFinish",
			"fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).repaintWindow", fyneGL, "main.main"), uint64(i+1), 0)
	}
	check(t, "many calls that do", s.ends(inCall, "", s.Freeze.Stacks[0]).Evidence, verdict{})
}

// TestHealthyFrames: 60 frames a second with most of each spent in user code.
func TestHealthyFrames(t *testing.T) {
	draw := calls("main.simulate", "main.(*game).Draw", "fyne.io/fyne/v2/widget.(*Custom).Refresh", fyneGL, "main.main")
	s := fyneScene()
	for i := range 150 { // five samples a frame, four of them in user code
		if frame := uint64(i/5 + 1); i%5 == 4 {
			s = s.watch(1, evidence.Pump, running, "", pumpStack, 0, 0)
		} else {
			s = s.watch(1, evidence.User, running, "", draw, 0, frame)
		}
	}
	s.Freeze.Threads[0].Ran = s.Freeze.Took * 8 / 10
	check(t, "80% in user code", s.ends(running, "", draw).Evidence, verdict{})
	if state, _ := UIState(s.Evidence); state != "responsive" {
		t.Errorf("state %s", state)
	}
}

func TestWaits(t *testing.T) {
	for name, want := range map[string]verdict{
		"sleep":                       {id: "ui-blocked/sleep"},
		"timer channel":               {id: "ui-blocked/sleep"},
		"mutex":                       {id: "ui-blocked/mutex", blocker: "main.worker"},
		"mutex gone":                  {id: "ui-blocked/mutex"},
		"mutex unread":                {id: "ui-blocked/mutex"},
		"semacquire mutex":            {id: "ui-blocked/mutex", blocker: "main.worker"},
		"semacquire waitgroup":        {id: "ui-blocked/cond", blocker: "main.worker"},
		"semacquire bare":             {id: "ui-blocked/mutex"},
		"writer":                      {id: "ui-blocked/mutex", blocker: "main.worker"},
		"writer holds itself":         {id: "ui-deadlock", blocker: "main.onTap"},
		"once":                        {id: "ui-blocked/mutex", blocker: "main.worker"},
		"cond":                        {id: "ui-blocked/cond", blocker: "main.worker"},
		"cond nobody":                 {id: "ui-blocked/cond"},
		"waitgroup":                   {id: "ui-blocked/cond", blocker: "main.worker"},
		"waitgroup many":              {id: "ui-blocked/cond", blocker: "main.worker"},
		"receive":                     {id: "ui-blocked/channel", blocker: "main.worker"},
		"send nobody":                 {id: "ui-blocked/channel"},
		"select no cases":             {id: "ui-blocked/channel"},
		"nil channel":                 {id: "ui-blocked/channel"},
		"network":                     {id: "ui-blocked/network"},
		"network remote":              {id: "ui-blocked/network"},
		"network by another's socket": {id: "ui-blocked/network"},
		"network, the right one":      {id: "ui-blocked/network"},
		"database pool":               {id: "ui-blocked/channel"},
		"database lock":               {id: "ui-blocked/mutex"},
		"database by channel":         {id: "ui-blocked/network"},
		"server shuts down":           {id: "ui-blocked/network"},
		"coroutine":                   {id: "ui-blocked/network", blocker: "main.pages"},
		"dns":                         {id: "ui-blocked/network"},
		"database":                    {id: "ui-blocked/network"},
		"pipe of files":               {id: "ui-blocked/disk"},
		"pipe of a child":             {id: "ui-blocked/process"},
		"process":                     {id: "ui-blocked/process"},
		"process's pipe":              {id: "ui-blocked/process"},
		"child by pid":                {id: "ui-blocked/process"},
		"GC assist wait":              {id: "ui-busy/alloc"},
		"netip is no wait":            {id: "ui-blocked/channel"},
		"chain of three":              {id: "ui-blocked/mutex", blocker: "main.worker"},
		"two holders":                 {id: "ui-blocked/mutex", blocker: "main.spin"},
		"hands to render":             {id: "ui-stalled/gpu", where: "main.(*game).Draw", blocker: "*"},
		"hands to main":               {id: "ui-stalled/gpu", where: "main.(*game).Draw", blocker: "*"},
		"waits for UI":                {id: "ui-deadlock", blocker: "main.worker"},
		"locks in a cycle":            {id: "ui-deadlock", blocker: "main.worker"},
		"self":                        {id: "ui-deadlock", blocker: "main.onTap"},
		"select with timer":           {id: "ui-blocked/mutex", blocker: "main.worker"},
		"select outside":              {id: "ui-blocked/mutex", blocker: "main.worker"},
		"select dead":                 {id: "ui-deadlock", blocker: "main.worker"},
		"unsure cycle":                {id: "ui-blocked/mutex", blocker: "main.worker"},
	} {
		if want.where == "" {
			want.where = "main.onTap"
		}
		want.severity = report.P0
		check(t, name, waits()[name].Evidence, want)
	}
}

func TestCalls(t *testing.T) {
	for name, id := range map[string]string{
		"C function": "ui-blocked/cgo", "C by its stack": "ui-blocked/cgo", "C unnamed": "ui-blocked/cgo", "driver": "ui-stalled/gpu",
		"getaddrinfo": "ui-blocked/network", "syscall": "ui-blocked/syscall", "syscall bare": "ui-blocked/syscall",
		"flock": "ui-blocked/disk", "fsync": "ui-blocked/disk", "read": "ui-blocked/disk", "os alone": "ui-blocked/disk",
		"wait4": "ui-blocked/process", "connect": "ui-blocked/network",
	} {
		f := check(t, name, leaving()[name].Evidence, verdict{id: id, severity: report.P0})
		if f != nil && f.SinceMS != 12000 {
			t.Errorf("%s: since %d ms, and the thread has slept for 12 s", name, f.SinceMS)
		}
	}
}

func TestBusyAndStarved(t *testing.T) {
	for name, want := range map[string]verdict{
		"cpu":                   {"ui-busy/cpu", report.P0, "main.filter", ""},
		"cpu shared":            {"ui-busy/cpu", report.P0, "main.filter", ""},
		"cpu and alloc":         {"ui-busy/cpu", report.P0, "main.parse", ""},
		"alloc":                 {"ui-busy/alloc", report.P0, "main.parse", ""},
		"assist":                {"ui-busy/alloc", report.P0, "main.parse", ""},
		"layout":                {"ui-busy/layout", report.P0, "main.onTap", ""},
		"image":                 {"ui-busy/layout", report.P0, "main.onTap", ""},
		"cpu and sleep":         {"ui-busy/cpu", report.P0, "main.filter", ""},
		"delayed":               {"ui-starved/scheduler", report.P0, "", ""},
		"throttled":             {"ui-starved/scheduler", report.P0, "", ""},
		"starved by goroutines": {"ui-starved/scheduler", report.P0, "main.main", "main.crunch"},
		"starved, one CPU":      {"ui-starved/scheduler", report.P0, "main.main", ""},
		"timer overdue":         {"ui-starved/scheduler", report.P0, "main.main", "main.crunch"},
		"stopped":               {"ui-starved/scheduler", report.P0, "main.main", ""},
		"paused":                {"ui-starved/scheduler", report.P0, "main.onTap", ""},
		"starved by others":     {"ui-starved/scheduler", report.P0, "", ""},
		"preempted":             {"ui-starved/scheduler", report.P0, "", ""},

		"lock, holder not run":        {"ui-starved/scheduler", report.P0, "main.onTap", "main.crunch"},
		"lock, holder seen but later": {"ui-starved/scheduler", report.P0, "main.onTap", "main.crunch"},
		"lock, holder works":          {"ui-blocked/mutex", report.P0, "main.onTap", "main.worker"},
		"lock, holder now and then":   {"ui-blocked/mutex", report.P0, "main.onTap", "main.worker"},
		"lock, holder waits":          {"ui-blocked/mutex", report.P0, "main.onTap", "main.worker"},
		"lock, holder hardly seen":    {"ui-blocked/mutex", report.P0, "main.onTap", "main.worker"},
	} {
		check(t, name, computing()[name].Evidence, want)
	}
	for _, f := range Findings(computing()["lock, holder not run"].Evidence) {
		if f.ID == "ui-blocked/mutex" {
			t.Errorf("beside the scheduler: %s", f.ID)
		}
	}
}

// TestStarvationIsMeasured: short waits for a turn are how a scheduler works.
func TestStarvationIsMeasured(t *testing.T) {
	wait := func(n int) *evidence.Evidence {
		return fyneScene().idle(50).watch(n, evidence.Idle, runnable, "", idleStack, 0, 0).idle(50).ends(waiting, "select", idleStack).Evidence
	}
	check(t, "150 ms", wait(16), verdict{})
	check(t, "300 ms", wait(31), verdict{id: "ui-starved/scheduler", severity: report.P1})
	check(t, "1.1 s", wait(111), verdict{id: "ui-starved/scheduler", severity: report.P0})
	check(t, "a timer 90 ms late", overdue(5).idle(95).Evidence, verdict{})
}

// titles are the keys of all findings.
func titles(ev *evidence.Evidence) []string {
	var out []string
	for _, f := range Findings(ev) {
		out = append(out, f.Title.Key)
	}
	return out
}

func TestTitles(t *testing.T) {
	busy, call, wait, odd := computing(), leaving(), waits(), strange()
	for _, c := range []struct {
		name string
		s    scene
		key  string
	}{
		{"quota", busy["throttled"], "finding.ui-starved/scheduler.title.quota"},
		{"goroutines", busy["starved by goroutines"], "finding.ui-starved/scheduler.title.goroutines"},
		{"others", busy["starved by others"], "finding.ui-starved/scheduler.title.others"},
		{"one CPU", busy["starved, one CPU"], "finding.ui-starved/scheduler.title"},
		{"stopped", busy["stopped"], "finding.ui-starved/scheduler.title.signal"},
		{"paused", busy["paused"], "finding.ui-starved/scheduler.title.cgroup"},
		{"share", busy["cpu shared"], "finding.ui-busy/cpu.title.share"},
		{"C function", call["C function"], "finding.ui-blocked/cgo.title.call"},
		{"C unnamed", call["C unnamed"], "finding.ui-blocked/cgo.title"},
		{"flock", call["flock"], "finding.ui-blocked/disk.title.lock"},
		{"fsync", call["fsync"], "finding.ui-blocked/disk.title.fsync"},
		{"read", call["read"], "finding.ui-blocked/disk.title"},
		{"file", wait["file named"], "finding.ui-blocked/disk.title.file"},
		{"getaddrinfo", call["getaddrinfo"], "finding.ui-blocked/network.title.dns"},
		{"remote", wait["network remote"], "finding.ui-blocked/network.title.remote"},
		{"another's socket", wait["network by another's socket"], "finding.ui-blocked/network.title.remote"},
		{"two sockets", wait["network, two sockets"], "finding.ui-blocked/network.title"},
		{"the right socket", wait["network, the right one"], "finding.ui-blocked/network.title.remote"},
		{"database pool", wait["database pool"], "finding.ui-blocked/channel.title.pool"},
		{"child", wait["process's pipe"], "finding.ui-blocked/process.title.child"},
		{"once", wait["once"], "finding.ui-blocked/mutex.title.once"},
		{"reader", wait["writer"], "finding.ui-blocked/mutex.title.reader"},
		{"many", wait["waitgroup many"], "finding.ui-blocked/cond.title.waitgroup.many"},
		{"callback", wait["waits for UI"], "finding.ui-deadlock.title.callback"},
		{"self", wait["self"], "finding.ui-deadlock.title.self"},
		{"nil", wait["nil channel"], "finding.ui-blocked/channel.title.nil"},
		{"plain cycle", odd["plain cycle"], "finding.ui-deadlock.title.noui"},
		{"plain self", odd["plain self"], "finding.ui-deadlock.title.noui.self"},
		{"plain queue", odd["plain queue"], "finding.ui-blocked/mutex.title.noui"},
		{"unlocked", odd["loop unlocked"], "finding.ui-thread/unlocked.title"},
		{"off main", odd["loop off main"], "finding.ui-thread/unlocked.title.main"},
	} {
		if got := titles(c.s.Evidence); len(got) != 1 || got[0] != c.key {
			t.Errorf("%s: %v, want %s", c.name, got, c.key)
		}
	}
}

// TestAlternatives: where two explanations remain, both are told, with weights.
func TestAlternatives(t *testing.T) {
	_, f := worst(twoHolders().Evidence)
	if f == nil || len(f.Alternatives) != 1 || f.Alternatives[0].Place == nil || f.Alternatives[0].Place.Function != "main.turn" {
		t.Fatalf("finding %+v", f)
	}
	if w := f.Alternatives[0].Weight; w < 0.4 || w > 0.5 {
		t.Errorf("weight %v of holds 0.6 and 0.5", w)
	}
	_, f = worst(computing()["cpu and sleep"].Evidence)
	if f == nil || len(f.Alternatives) != 1 || f.Alternatives[0].ID != "ui-blocked/sleep" || f.Alternatives[0].Weight != 0.4 {
		t.Errorf("finding %+v", f)
	}
	_, f = worst(computing()["cpu and alloc"].Evidence)
	if f == nil || len(f.Alternatives) != 1 || f.Alternatives[0].ID != "ui-busy/alloc" {
		t.Errorf("finding %+v", f)
	}
}

func TestChains(t *testing.T) {
	_, f := worst(chainOfThree().Evidence)
	if f == nil || len(f.Chain) != 3 || f.Chain[0].WaitsFor.String() != "sync.Mutex 0xc0000a0000" || f.Chain[2].Goroutine != 30 {
		t.Fatalf("finding %+v", f)
	}
	for name, n := range map[string]int{"waits for UI": 2, "locks in a cycle": 2, "self": 1} {
		_, f := worst(waits()[name].Evidence)
		if f == nil || len(f.Chain) != n || !f.Chain[n-1].Cycle {
			t.Errorf("%s: %+v", name, f)
		}
	}
	// A cycle that the UI only waits for is told with its members.
	_, f = worst(longCycle().Evidence)
	if f == nil || len(f.Chain) < 3 {
		t.Errorf("finding %+v", f)
	}
}

// TestOnlyRoots: the goroutine that merely waits for another one is no finding of
// its own.
func TestOnlyRoots(t *testing.T) {
	s := handedOver(evidence.RoleRender, inCall, "", "runtime.cgocall", "C.glFinish")
	f := s.Freeze
	f.Stacks = append(f.Stacks, f.Goroutines[1].Frames)
	for i := range 100 {
		f.Points = append(f.Points, evidence.Point{At: time.Duration(i) * 10 * time.Millisecond, Goroutine: 2, Status: inCall,
			Activity: evidence.Pump, Stack: len(f.Stacks) - 1, Instance: 3})
	}
	found := Findings(s.Evidence)
	if len(found) != 1 || found[0].ID != "ui-stalled/gpu" || found[0].Where.Function != "main.(*game).Draw" {
		t.Errorf("%s", marshal(t, found))
	}
}

// TestDump: a dump is one look, without time.
func TestDump(t *testing.T) {
	live, f := worst(waits()["mutex"].Evidence)
	look, g := worst(asOneLook(waits()["mutex"]))
	if look.id != live.id || look.where != live.where || look.blocker != live.blocker {
		t.Errorf("%+v from one look, %+v from watching", look, live)
	}
	if g.SinceMS != 0 || g.Confidence >= f.Confidence {
		t.Errorf("since %d ms, confidence %v and %v", g.SinceMS, g.Confidence, f.Confidence)
	}
	s := waits()["mutex"]
	s.Freeze.Goroutines[0].WaitingFor = 3 * time.Minute
	if _, f := worst(asOneLook(s)); f.SinceMS != (3 * time.Minute).Milliseconds() {
		t.Errorf("since %d ms", f.SinceMS)
	}
	// The loop's own wait is no freeze.
	check(t, "idle", asOneLook(fyneScene().ends(waiting, "select", idleStack)), verdict{})
}

// TestSince: the best clock that there is says how long it has lasted.
func TestSince(t *testing.T) {
	lock := func(change func(*evidence.Evidence)) scene { return waits()["mutex"].with(change) }
	for _, c := range []struct {
		name string
		s    scene
		want time.Duration
		why  string
	}{
		{"watched", lock(func(*evidence.Evidence) {}), 990 * time.Millisecond, "why.since.watched"},
		{"lock", lock(func(ev *evidence.Evidence) {
			ev.Freeze.Goroutines[0].WaitingFor, ev.Freeze.Goroutines[0].WaitFrom = 5*time.Second, "lock"
		}), 5 * time.Second, "why.since.lock"},
		{"thread", lock(func(ev *evidence.Evidence) { ev.Freeze.Threads[0].AsleepFor = 4 * time.Second }), 4 * time.Second, "why.since.thread"},
		{"collector", lock(func(ev *evidence.Evidence) {
			ev.Freeze.Goroutines[0].WaitingFor, ev.Freeze.Goroutines[0].WaitFrom = 6*time.Second, "gc"
		}), 6 * time.Second, "why.since.gc"},
	} {
		_, f := worst(c.s.Evidence)
		if f == nil {
			t.Errorf("%s: nothing found", c.name)
			continue
		}
		if f.SinceMS != c.want.Milliseconds() || !slices.ContainsFunc(sentences(f), func(s text.Text) bool { return s.Key == c.why }) {
			t.Errorf("%s: %d ms, %v", c.name, f.SinceMS, f.Why)
		}
	}
}

func TestWithoutLoop(t *testing.T) {
	odd := strange()
	for name, want := range map[string]verdict{
		"plain cycle":           {"ui-deadlock", report.P1, "main.onTap", "main.worker"},
		"plain queue":           {"ui-blocked/mutex", report.P2, "main.onTap", "main.worker"},
		"plain queue, gone":     {"ui-blocked/mutex", report.P2, "main.onTap", ""},
		"plain, nothing wrong":  {},
		"no loop, lock":         {"ui-blocked/mutex", report.P1, "main.onTap", "main.worker"},
		"no loop, channel":      {"ui-blocked/channel", report.Info, "main.onTap", "main.worker"},
		"no loop, short":        {},
		"no loop, no goroutine": {},
		"loop unlocked":         {"ui-thread/unlocked", report.P1, "main.main", ""},
		"loop off main":         {"ui-thread/unlocked", report.P1, "main.main", ""},
		"loop started by go":    {"ui-thread/unlocked", report.P1, "main.run", ""},
		"UI ended":              {},
		"no stack":              {},
	} {
		check(t, name, odd[name].Evidence, want)
	}
}

// TestUIState says in one word what the list of processes shows.
func TestUIState(t *testing.T) {
	for _, c := range []struct {
		name, want string
		s          scene
	}{
		{"idle", "responsive", fyneScene().idle(100).ends(waiting, "select", idleStack)},
		{"mutex", "blocked", waits()["mutex"]},
		{"cpu", "busy", computing()["cpu"]},
		{"no loop", "starting", strange()["no loop, lock"]},
		{"plain", "none", strange()["plain cycle"]},
	} {
		state, d := UIState(c.s.Evidence)
		if state != c.want || (state == "blocked") != (d > 0) {
			t.Errorf("%s: %s for %s, want %s", c.name, state, d, c.want)
		}
	}
}

// TestRemediesSayNowFirst: what to do now comes before what to change.
func TestRemediesSayNowFirst(t *testing.T) {
	for name, ev := range everyEvidence(t) {
		for _, f := range Findings(ev) {
			changing := false
			for _, r := range f.Remedy {
				switch {
				case strings.Contains(r.Key, ".change"):
					changing = true
				case strings.Contains(r.Key, ".now") && changing:
					t.Errorf("%s: %s: %s comes after what to change", name, f.ID, r.Key)
				}
			}
		}
	}
}
