package report

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleframes"
)

// fields reads a protobuf message apart: numbers and pieces by field.
type fields struct {
	numbers map[protowire.Number]uint64
	pieces  map[protowire.Number][][]byte
}

func readFields(t *testing.T, b []byte) fields {
	t.Helper()
	f := fields{map[protowire.Number]uint64{}, map[protowire.Number][][]byte{}}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		switch typ {
		case protowire.VarintType:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				t.Fatal(protowire.ParseError(n))
			}
			f.numbers[num], b = v, b[n:]
		case protowire.BytesType:
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				t.Fatal(protowire.ParseError(n))
			}
			f.pieces[num], b = append(f.pieces[num], v), b[n:]
		default:
			t.Fatalf("field %d has type %d", num, typ)
		}
	}
	return f
}

func (f fields) text(n protowire.Number) string {
	if len(f.pieces[n]) == 0 {
		return ""
	}
	return string(f.pieces[n][0])
}

// traceOf reads a trace back: the tracks by path, and what is on each. It checks
// that slices nest, that times do not go back, and that all tracks are declared.
func traceOf(t *testing.T, b []byte) map[string][]string {
	t.Helper()
	names := map[uint64]string{}
	open := map[uint64]int{}
	last := map[uint64]uint64{}
	got := map[string][]string{}
	for i, raw := range readFields(t, b).pieces[tracePacket] {
		p := readFields(t, raw)
		if p.numbers[packetSequence] != traceSequence || i == 0 && p.numbers[packetFlags] != stateCleared {
			t.Fatalf("packet %d: sequence %d, flags %d", i, p.numbers[packetSequence], p.numbers[packetFlags])
		}
		if d := p.pieces[packetDescriptor]; d != nil {
			d := readFields(t, d[0])
			name := d.text(trackName)
			if d.pieces[trackProcess] != nil {
				name = readFields(t, d.pieces[trackProcess][0]).text(processName)
			} else if d.pieces[trackThread] != nil {
				name = readFields(t, d.pieces[trackThread][0]).text(threadName)
			}
			if parent := d.numbers[trackParent]; parent != 0 {
				name = names[parent] + "/" + name
			}
			names[d.numbers[trackUUID]] = name
			continue
		}
		e := readFields(t, p.pieces[packetEvent][0])
		on, at := e.numbers[eventTrack], p.numbers[packetTimestamp]
		if names[on] == "" || at < last[on] {
			t.Fatalf("packet %d: track %q, time %d after %d", i, names[on], at, last[on])
		}
		last[on] = at
		if e.numbers[eventType] == sliceEnd {
			open[on]--
			if open[on] < 0 {
				t.Fatalf("packet %d: an end without a beginning on %s", i, names[on])
			}
			continue
		}
		open[on]++
		got[names[on]] = append(got[names[on]], e.text(eventName))
	}
	for on, n := range open {
		if n != 0 {
			t.Errorf("%d slices of %s do not end", n, names[on])
		}
	}
	return got
}

func TestPerfettoTrace(t *testing.T) {
	ev := sampleframes.Make(5 * time.Second)
	var b bytes.Buffer
	if err := WritePerfetto(&b, &ev.Target, ev.Frames); err != nil {
		t.Fatal(err)
	}
	got := traceOf(t, b.Bytes())
	count := func(track, name string) (n int) {
		for _, s := range got[track] {
			if s == name {
				n++
			}
		}
		return n
	}
	f := ev.Frames
	if n := count("orders/goroutine 1/frames", "frame") + count("orders/goroutine 1/frames", "late frame"); n != len(f.Times) {
		t.Errorf("%d frames of %d", n, len(f.Times))
	}
	if n := count("orders/goroutine 1/frames", "late frame"); n != len(f.Late) {
		t.Errorf("%d late frames of %d", n, len(f.Late))
	}
	for track, name := range map[string]string{
		"orders/goroutine 1/frames": "swap", "orders/goroutine 1/late frames": "lock · store.go:51", "orders/goroutine 1/seen doing": "network · client.go:64",
		"orders/world stopped": "stopped", "orders/collector marks": "marking", "thread 4711/scheduler": "running",
	} {
		if count(track, name) == 0 {
			t.Errorf("no %s on %s: %v", name, track, got[track])
		}
	}
	if b.Len() > 1<<20 {
		t.Errorf("%d bytes for %d frames", b.Len(), len(f.Times))
	}
}

// Whatever a bundle says, the trace can be read: slices nest, texts are UTF-8.
func TestPerfettoTraceOfOddFrames(t *testing.T) {
	evil := "\xff\x00\u202e"
	f := &evidence.Frames{
		Stacks:  [][]evidence.Frame{{{Function: evil, File: evil, Line: -1}}},
		Times:   []evidence.FrameTime{{Start: 5, End: 20, Parts: []evidence.FramePart{{Kind: evidence.PartDraw, Took: 99}}}, {Start: 10, End: 30}, {Start: 9, End: 1}, {Start: -7, End: -2}},
		Late:    []evidence.LateFrame{{FrameTime: evidence.FrameTime{Start: 5, End: 20}, Shares: []evidence.FrameShare{{Took: -4}, {Took: 90, Stack: 8}}}, {FrameTime: evidence.FrameTime{Start: 6, End: 8}}},
		Samples: []evidence.FrameSample{{At: 9}, {At: 3, Status: evil, Stack: 0, Place: 0}},
		Spans:   []evidence.SchedSpan{{Kind: evidence.SpanRunning, Thread: 3, From: 5, To: 9}, {Kind: evidence.SpanRunning, Thread: 3, From: 4, To: 2}, {Kind: evidence.SpanAsleep, Thread: 3, From: 7, To: 8}},
	}
	var b bytes.Buffer
	if err := WritePerfetto(&b, &evidence.Target{Name: evil}, f); err != nil {
		t.Fatal(err)
	}
	traceOf(t, b.Bytes())
}

func TestPerfettoSaysThatTheDiskIsFull(t *testing.T) {
	ev := sampleframes.Make(time.Second)
	if err := WritePerfetto(&failAfter{500}, &ev.Target, ev.Frames); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
