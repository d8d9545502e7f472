package report

import (
	"io"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/gomedic/gomedic/internal/evidence"
)

// WritePerfetto writes a trace for ui.perfetto.dev: for each goroutine that makes
// frames a track of the frames with their parts, one of the late frames with
// their causes and one of what it was seen to do, with stacks; the collector's
// cycles; and for each thread when it ran, was ready and slept. Names are
// English, as tools for traces are. The error is the writer's.
//
// The format is Perfetto's own: a sequence of TracePacket messages with
// TrackDescriptor and TrackEvent
// (https://perfetto.dev/docs/reference/synthetic-track-event). Times are
// nanoseconds since the start of the watch.
func WritePerfetto(w io.Writer, t *evidence.Target, f *evidence.Frames) error {
	p := &traceWriter{w: w}
	pid := t.PID
	if pid == 0 {
		pid = 1 // from a bundle of something that had none
	}
	process := p.track(track{name: t.Name, pid: pid})
	p.collector(process, f)
	for _, id := range goroutinesOf(f) {
		p.goroutine(process, id, f)
	}
	for _, tid := range threadsOf(f) {
		p.thread(pid, tid, f)
	}
	return p.err
}

// Field numbers of the messages used, from protos/perfetto/trace in
// https://github.com/google/perfetto.
const (
	tracePacket = 1 // in Trace

	packetTimestamp  = 8
	packetSequence   = 10
	packetEvent      = 11
	packetFlags      = 13
	packetDescriptor = 60

	trackUUID     = 1
	trackName     = 2
	trackProcess  = 3
	trackThread   = 4
	trackParent   = 5
	trackOrdering = 11
	trackRank     = 12

	processPID  = 1
	processName = 6
	threadPID   = 1
	threadTID   = 2
	threadName  = 5

	eventAnnotation = 4
	eventType       = 9
	eventTrack      = 11
	eventCategory   = 22
	eventName       = 23
	eventStack      = 55

	annotationInt    = 4
	annotationString = 6
	annotationName   = 10

	stackFrame    = 1
	frameFunction = 1
	frameFile     = 2
	frameLine     = 3

	sliceBegin, sliceEnd = 1, 2
	explicitOrder        = 3
	stateCleared         = 1
	traceSequence        = 1
)

// traceWriter writes packets; the first error of the writer is kept and
// everything after it is dropped.
type traceWriter struct {
	w     io.Writer
	err   error
	uuids uint64
	begun bool
}

func (p *traceWriter) packet(b []byte) {
	if p.err != nil {
		return
	}
	flags := uint64(0)
	if !p.begun {
		p.begun, flags = true, stateCleared
	}
	b = number(b, packetSequence, traceSequence)
	if flags != 0 {
		b = number(b, packetFlags, flags)
	}
	_, p.err = p.w.Write(message(nil, tracePacket, b))
}

// track is one row of the trace: of a process, of a thread, or below another.
type track struct {
	name     string
	parent   uint64
	pid, tid int
	rank     int
}

// track declares a track and returns its number.
func (p *traceWriter) track(t track) uint64 {
	p.uuids++
	d := number(nil, trackUUID, p.uuids)
	switch {
	case t.tid != 0:
		d = message(d, trackThread, str(number(number(nil, threadPID, uint64(t.pid)), threadTID, uint64(t.tid)), threadName, t.name))
	case t.pid != 0:
		d = message(d, trackProcess, str(number(nil, processPID, uint64(t.pid)), processName, t.name))
	default:
		d = str(d, trackName, t.name)
	}
	if t.parent != 0 {
		d = number(d, trackParent, t.parent)
	}
	d = number(number(d, trackOrdering, explicitOrder), trackRank, uint64(t.rank))
	p.packet(message(nil, packetDescriptor, d))
	return p.uuids
}

// slice is a time on a track in which something was so.
type slice struct {
	from, to time.Duration
	name     string
	category string
	args     []annotation
	stack    []evidence.Frame
	inner    []slice // within it, one after the other
}

// annotation is a name and a number, or a text if it has one.
type annotation struct {
	name  string
	text  string
	value int64
}

// slices writes the slices of a track, which must not overlap, in order.
func (p *traceWriter) slices(track uint64, all []slice) {
	for i := range all {
		s := &all[i]
		e := number(number(nil, eventType, sliceBegin), eventTrack, track)
		e = str(str(e, eventName, s.name), eventCategory, s.category)
		for _, a := range s.args {
			d := str(nil, annotationName, a.name)
			if a.text != "" {
				d = str(d, annotationString, a.text)
			} else {
				d = number(d, annotationInt, uint64(a.value))
			}
			e = message(e, eventAnnotation, d)
		}
		if len(s.stack) > 0 {
			e = message(e, eventStack, stackMessage(s.stack))
		}
		p.event(s.from, e)
		p.slices(track, s.inner)
		p.event(s.to, number(number(nil, eventType, sliceEnd), eventTrack, track))
	}
}

func (p *traceWriter) event(at time.Duration, e []byte) {
	p.packet(message(number(nil, packetTimestamp, uint64(max(0, at))), packetEvent, e))
}

// stackMessage is a stack as Perfetto has it, outermost call first.
func stackMessage(stack []evidence.Frame) []byte {
	var b []byte
	for i := len(stack) - 1; i >= 0; i-- {
		fr := str(str(nil, frameFunction, stack[i].Function), frameFile, stack[i].File)
		if stack[i].Line > 0 {
			fr = number(fr, frameLine, uint64(stack[i].Line))
		}
		b = message(b, stackFrame, fr)
	}
	return b
}

func number(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

// str leaves an empty text out. What is no UTF-8 would spoil the whole trace.
func str(b []byte, field protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), clean(s))
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}
