package frames

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

const msec = time.Millisecond

// played is what a goroutine passes at a moment.
type played struct {
	at   time.Duration
	turn toolkit.Turn
}

var (
	idle  = toolkit.Turn{Idle: true}
	busy  = toolkit.Turn{Busy: true, Part: evidence.PartUser}
	draw  = toolkit.Turn{Part: evidence.PartDraw}
	swap  = toolkit.Turn{Part: evidence.PartSwap}
	pause = toolkit.Turn{Part: evidence.PartPace}
	frame = toolkit.Turn{Frame: true, Present: true, Part: evidence.PartUser}
	pass  = toolkit.Turn{Pass: true}
	step  = toolkit.Turn{Part: evidence.PartUser, Step: true}
)

// play puts the passings through an assembler with a period of 16 ms.
func play(tick time.Duration, change func(*assembler), ps []played) (out []evidence.FrameTime) {
	a := newAssembler(16*msec, 16*msec, tick, func(f evidence.FrameTime, _ []segment) { out = append(out, f) })
	if change != nil {
		change(a)
	}
	var last time.Duration
	for _, p := range ps {
		a.pass(p.at, 1, 0x1000, 7, []toolkit.Turn{p.turn})
		last = p.at
	}
	a.flush(last + time.Second)
	return out
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name   string
		tick   time.Duration
		change func(*assembler)
		in     []played
		want   []evidence.FrameTime // Start, End, Interval, Waited, Late, Undrawn, Updates are compared
	}{
		{name: "two short frames with a wait between", in: []played{
			{0, idle}, {10 * msec, busy}, {11 * msec, draw}, {13 * msec, frame}, {13 * msec, idle},
			{26 * msec, busy}, {29 * msec, frame}, {29 * msec, idle}},
			want: []evidence.FrameTime{
				{Start: 10 * msec, End: 13 * msec},
				{Start: 26 * msec, End: 29 * msec, Interval: 16 * msec, Waited: 13 * msec}}},
		{name: "passes of a loop that swaps nothing", in: []played{
			{0, pass}, {0, idle}, {10 * msec, busy}, {13 * msec, pass}, {13 * msec, idle}, {26 * msec, busy}, {29 * msec, pass}},
			want: []evidence.FrameTime{
				{Start: 10 * msec, End: 13 * msec, Waited: 10 * msec},
				{Start: 26 * msec, End: 29 * msec, Interval: 16 * msec, Waited: 13 * msec}}},
		{name: "passes of a loop that swaps", in: []played{
			{0, frame}, {1 * msec, pass}, {5 * msec, frame}, {6 * msec, pass}, {9 * msec, frame}},
			want: []evidence.FrameTime{
				{Start: 0, End: 5 * msec},
				{Start: 5 * msec, End: 9 * msec, Interval: 4 * msec}}},
		{name: "what came before the watch is not known", in: []played{{5 * msec, draw}, {9 * msec, frame}, {12 * msec, frame}},
			want: []evidence.FrameTime{{Start: 9 * msec, End: 12 * msec, Interval: 3 * msec}}},
		{name: "idle for long is not late", in: []played{{0, idle}, {900 * msec, busy}, {903 * msec, frame}, {903 * msec, idle}},
			want: []evidence.FrameTime{{Start: 900 * msec, End: 903 * msec}}},
		{name: "a callback of 30 ms, then the frame: a short look at the queue between ends nothing", in: []played{
			{0, idle}, {10 * msec, busy}, {40 * msec, idle}, {40*msec + 5*time.Microsecond, busy}, {43 * msec, frame}, {43 * msec, idle}},
			want: []evidence.FrameTime{{Start: 10*msec + 5*time.Microsecond, End: 43 * msec, Waited: 5 * time.Microsecond, Late: true}}},
		{name: "a callback of 30 ms that draws nothing is late all the same", in: []played{
			{0, idle}, {5 * msec, busy}, {6 * msec, frame}, {6 * msec, idle}, {20 * msec, busy}, {50 * msec, idle}, {60 * msec, busy}, {61 * msec, idle}},
			want: []evidence.FrameTime{{Start: 5 * msec, End: 6 * msec}, {Start: 20 * msec, End: 50 * msec, Waited: 14 * msec, Late: true, Undrawn: true}}},
		{name: "to wait for the display in the swap is not late", in: []played{
			{0, frame}, {2 * msec, swap}, {16 * msec, frame}, {18 * msec, swap}, {33 * msec, frame}},
			want: []evidence.FrameTime{{Start: 0, End: 16 * msec}, {Start: 16 * msec, End: 33 * msec, Interval: 17 * msec}}},
		{name: "to miss a refresh is", in: []played{{1 * msec, frame}, {2 * msec, swap}, {33 * msec, frame}},
			want: []evidence.FrameTime{{Start: 1 * msec, End: 33 * msec, Interval: 32 * msec, Late: true}}},
		{name: "work of more than a period is, if only by a little", in: []played{{1 * msec, frame}, {20 * msec, frame}},
			want: []evidence.FrameTime{{Start: 1 * msec, End: 20 * msec, Interval: 19 * msec, Late: true}}},
		{name: "… but not where the thread slept to keep its pace", in: []played{{1 * msec, frame}, {20 * msec, frame}},
			change: func(a *assembler) {
				a.asleep = func(*loopState, time.Duration, time.Duration) time.Duration { return 15 * msec }
			},
			want: []evidence.FrameTime{{Start: 1 * msec, End: 20 * msec, Interval: 19 * msec}}},
		{name: "a pause of the loop's own", in: []played{{1 * msec, frame}, {2 * msec, pause}, {18 * msec, draw}, {19 * msec, frame}},
			want: []evidence.FrameTime{{Start: 1 * msec, End: 19 * msec, Interval: 18 * msec}}},
		{name: "the loop was to wake after a tick, and came 40 ms late", tick: 16 * msec, in: []played{
			{0, idle}, {16 * msec, busy}, {18 * msec, frame}, {18 * msec, idle}, {74 * msec, busy}, {76 * msec, frame}, {76 * msec, idle}},
			want: []evidence.FrameTime{{Start: 16 * msec, End: 18 * msec},
				{Start: 34 * msec, End: 76 * msec, Interval: 58 * msec, Waited: 16 * msec, Late: true}}},
		{name: "it was woken, and not run for 30 ms",
			change: func(a *assembler) {
				a.woken = func(_ *loopState, after, before time.Duration) time.Duration {
					if after < 50*msec && 50*msec < before {
						return 50 * msec
					}
					return 0
				}
			},
			in: []played{{0, idle}, {5 * msec, busy}, {6 * msec, frame}, {6 * msec, idle}, {80 * msec, busy}, {82 * msec, frame}, {82 * msec, idle}},
			want: []evidence.FrameTime{{Start: 5 * msec, End: 6 * msec},
				{Start: 50 * msec, End: 82 * msec, Interval: 76 * msec, Waited: 44 * msec, Late: true}}},
		{name: "the steps of a game", in: []played{{1 * msec, frame}, {2 * msec, step}, {3 * msec, step}, {5 * msec, frame}, {6 * msec, frame}},
			want: []evidence.FrameTime{{Start: 1 * msec, End: 5 * msec, Interval: 4 * msec, Updates: 2}, {Start: 5 * msec, End: 6 * msec, Interval: 1 * msec}}},
	} {
		got := play(c.tick, c.change, c.in)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d frames, want %d: %+v", c.name, len(got), len(c.want), got)
			continue
		}
		for i, w := range c.want {
			g := got[i]
			if g.Start != w.Start || g.End != w.End || g.Interval != w.Interval || g.Waited != w.Waited || g.Late != w.Late ||
				g.Undrawn != w.Undrawn || g.Updates != w.Updates {
				t.Errorf("%s, frame %d:\n got %+v\nwant %+v", c.name, i, g, w)
			}
			if g.N != i+1 || g.Goroutine != 1 || g.Thread != 7 {
				t.Errorf("%s, frame %d: N %d, goroutine %d, thread %d", c.name, i, g.N, g.Goroutine, g.Thread)
			}
		}
	}
}

func TestPartsOfAFrame(t *testing.T) {
	got := play(0, nil, []played{{0, frame}, {1 * msec, toolkit.Turn{Part: evidence.PartEvents}}, {3 * msec, draw}, {6 * msec, swap}, {10 * msec, frame}})
	want := []evidence.FramePart{{Kind: evidence.PartEvents, Took: 2 * msec}, {Kind: evidence.PartUser, Took: 1 * msec},
		{Kind: evidence.PartDraw, Took: 3 * msec}, {Kind: evidence.PartSwap, Took: 4 * msec}}
	if len(got) != 1 || len(got[0].Parts) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[0].Parts[i] != want[i] {
			t.Errorf("part %d: %+v, want %+v", i, got[0].Parts[i], want[i])
		}
	}
}

func TestFigures(t *testing.T) {
	var times []evidence.FrameTime
	for i := range 100 {
		f := evidence.FrameTime{N: i + 1, Goroutine: 3, Start: time.Duration(i) * 16 * msec, Updates: 1}
		f.End = f.Start + time.Duration(i+1)*100*time.Microsecond
		if i > 0 {
			f.Interval = 16 * msec
		}
		times = append(times, f)
	}
	times = append(times, evidence.FrameTime{N: 101, Goroutine: 3, Start: 2 * time.Second, End: 2*time.Second + 66*msec, Interval: 400 * msec,
		Waited: 330 * msec, Late: true}, evidence.FrameTime{N: 102, Goroutine: 3, Start: 3 * time.Second, End: 3*time.Second + 40*msec, Undrawn: true, Late: true})
	r := Figures(times, 16*msec, 4*time.Second)
	if len(r) != 1 {
		t.Fatalf("%+v", r)
	}
	f := r[0]
	if f.Frames != 101 || f.Late != 1 || f.Turns != 1 || f.Updates != 100 {
		t.Errorf("counts: %+v", f)
	}
	if f.Dropped != 3 { // 66 ms: the frame itself, and three that could have been
		t.Errorf("dropped %d, want 3", f.Dropped)
	}
	if f.Time.P50 != 5100*time.Microsecond || f.Time.P99 != 10*msec || f.Time.Max != 66*msec {
		t.Errorf("times: %+v", f.Time)
	}
	if f.Interval.Max != 16*msec {
		t.Errorf("intervals: %+v: a wait of the program's own is none", f.Interval)
	}
	if want := 99*16*msec + 100*time.Microsecond + 66*msec; f.Active != want || f.Idle != 4*time.Second-want {
		t.Errorf("active %v, want %v; idle %v", f.Active, want, f.Idle)
	}
	if got := Figures(nil, 16*msec, time.Second); len(got) != 0 {
		t.Errorf("figures of nothing: %+v", got)
	}
}

// What is usual is not looked into: frames of 12 ms get no clock until they take
// longer, short ones always after half a period; where many are late, all are looked
// into early again.
func TestQuiet(t *testing.T) {
	a := newAssembler(16*msec, 16*msec, 0, nil)
	l := &loopState{}
	learn := func(n int, took time.Duration, late bool) time.Duration {
		for range n {
			l.learn(&evidence.FrameTime{End: took, Late: late})
		}
		return a.quiet(l)
	}
	for _, tt := range []struct {
		name     string
		n        int
		took     time.Duration
		late     bool
		from, to time.Duration
	}{
		{"nothing known", 0, 0, false, 8 * msec, 8 * msec},
		{"short frames", 100, 3 * msec, false, 8 * msec, 8 * msec},
		{"frames of 12 ms", 100, 12 * msec, false, 13 * msec, 14 * msec},
		{"one late frame among them", 1, 40 * msec, true, 11 * msec, 13 * msec},
		{"frames that wait for the display", 100, 16 * msec, false, 14 * msec, 14 * msec},
		{"all late", 10, 40 * msec, true, 8 * msec, 8 * msec},
	} {
		if got := learn(tt.n, tt.took, tt.late); got < tt.from || got > tt.to {
			t.Errorf("%s: looked into after %v, want %v to %v", tt.name, got, tt.from, tt.to)
		}
	}
}

// Between two ticks of its toolkit a goroutine need not be looked at, and the next
// look is after the next one; not where the tick is late, nor in a frame, nor where
// another makes frames by no tick.
func TestTicks(t *testing.T) {
	const tick = 16 * msec
	var a *assembler
	play(tick, func(made *assembler) { a = made }, nil)
	at := func(when time.Duration, goid uint64, turn toolkit.Turn) {
		a.pass(when, goid, 0x1000, 7, []toolkit.Turn{turn})
	}
	expect := func(now time.Duration, ticks bool, due time.Duration) {
		t.Helper()
		if got := a.ticks(1, now); got != ticks {
			t.Errorf("at %v: ticks %v", now, got)
		}
		if got := a.nextTurn(now); got != due {
			t.Errorf("at %v: the next turn is due at %v, not %v", now, got, due)
		}
	}
	at(0, 1, idle)
	at(10*msec, 1, busy)
	at(12*msec, 1, idle)
	expect(14*msec, false, 0) // it has made no frame yet
	at(26*msec, 1, busy)
	at(29*msec, 1, frame)
	expect(30*msec, false, 0)
	at(30*msec, 1, idle)
	expect(31*msec, true, 42*msec)
	expect(46*msec, true, 42*msec)
	expect(47*msec, false, 0)
	at(42*msec, 2, busy)
	expect(43*msec, true, 0)
}
