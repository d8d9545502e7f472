package proc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// needCopies skips the test where no frozen copies can be made.
func needCopies(t *testing.T) {
	t.Helper()
	if !canInject {
		t.Skip("no copies on this processor")
	}
	st, err := readStatus(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if st["Seccomp"] != "0" {
		t.Skip("programs here run under a seccomp filter")
	}
}

func snapshot(t *testing.T, p *Process, o SnapshotOptions) *Snapshot {
	t.Helper()
	s, err := p.Snapshot(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// readRow returns the counters of ranks, and fails the test unless they are those of
// one moment.
func readRow(t *testing.T, s *Snapshot, row uint64) (first uint64) {
	t.Helper()
	b := make([]byte, rankPages*4096)
	if err := s.ReadAt(b, row); err != nil {
		t.Fatal(err)
	}
	first = binary.LittleEndian.Uint64(b)
	before := first
	for i := range rankPages {
		n := binary.LittleEndian.Uint64(b[i*4096:])
		if n > before || n+1 < first {
			t.Fatalf("counter %d is %d, the one before %d, the first %d", i, n, before, first)
		}
		before = n
	}
	return first
}

// A snapshot holds the memory of one moment, and goes on holding it while the target
// runs; the target is told nothing of it, and nothing of it remains.
func TestSnapshot(t *testing.T) {
	needCopies(t)
	r := startRanks(t)
	for range 20 {
		s := snapshot(t, r.p, SnapshotOptions{})
		if s.Stopped <= 0 || s.ChildPID == 0 || len(s.Threads) == 0 {
			t.Errorf("stopped for %v, copy %d, %d threads", s.Stopped, s.ChildPID, len(s.Threads))
		}
		for tid, regs := range s.Threads {
			if regs.PC == 0 || regs.SP == 0 {
				t.Errorf("thread %d without registers", tid)
			}
		}
		if held := traced(t, r.p.PID); len(held) > 0 {
			t.Errorf("these stand still: %v", held)
		}
		first := readRow(t, s, r.row)
		r.goesOn(t)
		if again := readRow(t, s, r.row); again != first {
			t.Errorf("the copy has changed from %d to %d", first, again)
		}
		maps, err := s.Mappings()
		if err != nil || len(maps) == 0 {
			t.Errorf("%d mappings, %v", len(maps), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if s.Reaping <= 0 {
			t.Errorf("reaped in %v", s.Reaping)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		if err := s.ReadAt(make([]byte, 8), r.row); ReasonOf(err) != Exited {
			t.Errorf("read after Close: %v", err)
		}
		if left := childrenOf(t, r.p.PID); len(left) > 0 {
			t.Fatalf("children remain: %v", left)
		}
	}
	r.goesOn(t)
}

// Ranges that can be read are, and others fail, one by one.
func TestSnapshotReads(t *testing.T) {
	needCopies(t)
	r := startRanks(t)
	s := snapshot(t, r.p, SnapshotOptions{})
	ranges := []Range{
		{Addr: r.row, Buf: make([]byte, 8)},
		{Addr: 8, Buf: make([]byte, 8)},
		{Addr: 1 << 63, Buf: make([]byte, 8)},
		{Addr: ^uint64(0) - 3, Buf: make([]byte, 8)},
		{Addr: r.row, Buf: nil},
		{Addr: r.row + 4096, Buf: make([]byte, 8)},
	}
	s.ReadMany(ranges)
	for i, want := range []bool{true, false, false, false, true, true} {
		if ranges[i].OK != want {
			t.Errorf("range %d: %v", i, ranges[i].OK)
		}
	}
	maps, err := s.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	for i := range maps[1:] {
		if m := &maps[i]; m.Read && m.End < maps[i+1].Start {
			if err := s.ReadAt(make([]byte, 4097), m.End-4096); !errors.Is(err, ErrRead) {
				t.Errorf("beyond the end of %x-%x: %v", m.Start, m.End, err)
			}
			return
		}
	}
	t.Error("no mapping with nothing behind it")
}

// Without a copy, the process itself stands until Close, or until its time is over.
func TestSnapshotByStopping(t *testing.T) {
	r := startRanks(t)
	s := snapshot(t, r.p, SnapshotOptions{Stop: true, MaxStop: time.Minute})
	if s.ChildPID != 0 || len(s.Threads) == 0 {
		t.Errorf("copy %d, %d threads", s.ChildPID, len(s.Threads))
	}
	if first := readRow(t, s, r.row); first != readRow(t, s, r.row) {
		t.Error("the target does not stand")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.Stopped <= 0 {
		t.Errorf("stopped for %v", s.Stopped)
	}
	if err := s.ReadAt(make([]byte, 8), r.row); !errors.Is(err, ErrReleased) {
		t.Errorf("read after Close: %v", err)
	}
	r.goesOn(t)

	s = snapshot(t, r.p, SnapshotOptions{Stop: true, MaxStop: time.Millisecond})
	r.goesOn(t) // by itself
	if err := s.ReadAt(make([]byte, 8), r.row); !errors.Is(err, ErrReleased) {
		t.Errorf("read after its time: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Whatever a thread waits in, a call that it makes for us does it no harm: waits keep
// their duration and their result.
func TestCallsInEveryWait(t *testing.T) {
	needCopies(t)
	h := start(t, "sleepers", quiet)
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := p.findPlace()
	if !ok {
		t.Fatal("no place")
	}
	masks := blocked(t, p)
	before := h.rounds(t)
	made := 0
	for end := time.Now().Add(time.Minute); ; {
		tids, err := p.Threads()
		if err != nil {
			t.Fatal(err)
		}
		for _, tid := range tids {
			done := make(chan struct{})
			go onOwnThread(func() {
				defer close(done)
				ret, _, err := p.callOn(tid, &at, []call{{nr: unix.SYS_GETPPID}, {nr: unix.SYS_GETPPID}})
				if err == nil {
					made++
					if len(ret) != 2 || ret[0] != int64(os.Getpid()) || ret[0] != ret[1] {
						t.Errorf("the calls returned %d", ret)
					}
				}
			})
			<-done
		}
		if all(h.rounds(t), before, 3) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the waits do not end: %v, then %v", before, h.rounds(t))
		}
	}
	if made < 100 {
		t.Errorf("%d calls were made", made)
	}
	for tid, mask := range blocked(t, p) {
		// One that had just begun blocked all for a moment.
		if was, ok := masks[tid]; ok && was != mask && strings.Trim(mask, "0") != "" {
			t.Errorf("thread %d blocks signals %s, before %s", tid, mask, was)
		}
	}
}

// So does the snapshot itself.
func TestSnapshotsInEveryWait(t *testing.T) {
	needCopies(t)
	h := start(t, "sleepers", quiet)
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	before := h.rounds(t)
	for end := time.Now().Add(time.Minute); !all(h.rounds(t), before, 2); {
		if err := snapshot(t, p, SnapshotOptions{}).Close(); err != nil {
			t.Error(err)
		}
		if time.Now().After(end) {
			t.Fatalf("the waits do not end: %v, then %v", before, h.rounds(t))
		}
	}
}

// rounds returns how often each of the sleepers came through its wait.
func (h *helper) rounds(t *testing.T) []uint64 {
	t.Helper()
	_, _ = h.in.Write([]byte("\n")) // what they say counts, also if they have ended
	line, err := h.out.ReadString('\n')
	n := make([]uint64, len(waits))
	for i, f := range strings.Fields(line) {
		if i >= len(n) {
			t.Fatalf("the sleepers say %q", line)
		}
		if _, e := fmt.Sscan(f, &n[i]); e != nil || err != nil {
			t.Fatalf("the sleepers say %q, %v", line, err)
		}
	}
	return n
}

// all reports whether each has grown by n.
func all(now, before []uint64, n uint64) bool {
	for i := range now {
		if now[i] < before[i]+n {
			return false
		}
	}
	return true
}

// blocked returns the signals that each thread blocks.
func blocked(t *testing.T, p *Process) map[int]string {
	t.Helper()
	tids, err := p.Threads()
	if err != nil {
		t.Fatal(err)
	}
	masks := map[int]string{}
	for _, tid := range tids {
		if st, err := readThreadStatus(p.PID, tid); err == nil {
			masks[tid] = st["SigBlk"]
		}
	}
	return masks
}
