package wasmfile

import "testing"

// The code of all functions of a Go module is walked to its end, and each piece of it goes
// on at a number not lower than the pieces before.
func TestWalk(t *testing.T) {
	m := module(t, "stripped")
	jumps, constants := 0, 0
	for i, b := range m.Bodies {
		last, end := 0, int64(0)
		if !m.walk(i, func(s step) bool { end = s.at + 1; return true }) || end != b.At+b.Size {
			t.Fatalf("function %d is read up to %d of %d", i, end, b.At+b.Size)
		}
		if m.FuncAt(b.At) != i || m.FuncAt(b.At+b.Size-1) != i {
			t.Fatalf("function %d is not found by its place", i)
		}
		constants += len(m.Constants(i))
		if i%16 > 0 { // each place costs a walk; behind the code there are ends of blocks
			continue
		}
		for at := b.At; at < b.At+min(b.Size-8, 2000); at += 7 {
			n, ok := m.Resumes(at)
			if !ok || n >= 0 && n < last {
				t.Fatalf("function %d, byte %d of %d: goes on at %d, %v, after %d", i, at-b.At, b.Size, n, ok, last)
			}
			if last = max(n, last); n > 0 {
				jumps++
			}
		}
	}
	if jumps == 0 || constants == 0 || m.FuncAt(0) != -1 || m.FuncAt(m.Size) != -1 {
		t.Errorf("%d places behind jumps, %d constants", jumps, constants)
	}
}

func FuzzWalk(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\x00\x0a\x10\x01\x0e\x00\x02\x40\x20\x00\x0d\x00\x0b\x20\x00\x41\x01\x6a\x0b"), int64(40))
	f.Fuzz(func(t *testing.T, b []byte, at int64) {
		m, err := Parse(b)
		if m == nil || err != nil {
			return
		}
		m.Constants(0)
		m.Resumes(at)
	})
}
