package image

import (
	"bytes"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

// use reads all that a heap file offers, of what a reader would ask for.
func use(t *testing.T, b []byte) {
	m, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		if proc.ReasonOf(err) == "" {
			t.Fatalf("an error without a reason: %v", err)
		}
		return
	}
	defer m.Close()
	maps, _ := m.Mappings()
	m.Threads()
	buf := make([]byte, 3*pageSize)
	for i := range m.memory {
		r := &m.memory[i]
		_ = m.ReadAt(buf, r.addr)
		_ = m.ReadAt(buf[:8], r.addr+r.length-4)
		if i > 64 {
			break
		}
	}
	for _, mp := range maps[:min(len(maps), 16)] {
		m.ReadMany([]proc.Range{{Addr: mp.End - 8, Buf: buf[:8]}, {Addr: mp.Start, Buf: buf}})
	}
	for _, f := range m.Files()[:min(len(m.head.Files), 16)] {
		_, _ = f.Data.ReadAt(buf, max(0, f.Size-100))
	}
	info := m.Info()
	_ = info.Ratio()
}

func FuzzOpen(f *testing.F) {
	src, mem := sample()
	src.Mappings = src.Mappings[:3]
	src.Mappings[2].End = heapAt + 4*pageSize // small seeds are tried often
	_ = mem
	var b bytes.Buffer
	if _, err := Write(f.Context(), &b, src, Options{Workers: 1}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(header())
	f.Fuzz(use)
}

// FuzzIndex makes files whose checksums are right, so that what they say is looked
// at.
func FuzzIndex(f *testing.F) {
	src, _ := sample()
	h := newHead(&src)
	if err := embed(h, src.Files); err != nil {
		f.Fatal(err)
	}
	r := record{addr: 0x10000, length: 2 * pageSize, offset: headerSize, stored: 4}
	r.set(0, storedPage)
	f.Add([]byte(`{"meta":{"schema":"gomedic.heap/v1","arch":"amd64"}}`), r.append(nil), []byte("chunk"))
	f.Add([]byte(`{"meta":{"schema":"gomedic.heap/v1","arch":"arm64"},"files":[{"path":"x","size":8192}],"mappings":[{"start":65536,"end":131072,"perms":"r"}]}`),
		(&record{space: 1, length: 2 * pageSize, kind: allZero}).append(r.append(nil)), []byte("chunk"))
	f.Fuzz(func(t *testing.T, head, records, chunks []byte) {
		if len(head) > 1<<16 || len(records) > 1<<16 {
			return
		}
		use(t, forgeRaw(head, records, chunks))
	})
}
