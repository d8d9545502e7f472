package image

import (
	"io"
	"math/rand/v2"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

// large is a heap of n chunks of small objects: pointers into itself and short
// texts.
func large(n int) Source {
	b := make([]byte, n*chunkSize)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i+64 <= len(b); i += 64 {
		p := heapAt&^(chunkSize-1) + uint64(r.IntN(len(b)/64)*64)
		for k := range 8 {
			b[i+k] = byte(p >> (8 * k))
		}
		copy(b[i+16:], "customer-")
		b[i+25], b[i+26], b[i+27] = byte('0'+r.IntN(10)), byte('0'+r.IntN(10)), byte('0'+r.IntN(10))
	}
	at := uint64(heapAt &^ (chunkSize - 1))
	return Source{
		Meta:     Meta{Arch: "amd64"},
		Memory:   &fake{ranges: []fakeRange{{at, b}}},
		Mappings: []proc.Mapping{{Start: at, End: at + uint64(len(b)), Read: true, Write: true}},
	}
}

func BenchmarkWrite(b *testing.B) {
	src := large(128)
	b.SetBytes(128 * chunkSize)
	for b.Loop() {
		info, err := Write(b.Context(), io.Discard, src, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(info.Ratio(), "ratio")
	}
}

// BenchmarkRead reads as the analysis of a heap does: from one end to the other, in
// pieces of a few chunks; words near each other; words anywhere.
func BenchmarkRead(b *testing.B) {
	src := large(128)
	file, _ := encode(b, src, Options{})
	m := open(b, file)
	at := src.Mappings[0].Start
	const size = 128 * chunkSize
	b.Run("sequential", func(b *testing.B) {
		buf := make([]byte, 8*chunkSize)
		b.SetBytes(size)
		for b.Loop() {
			for off := uint64(0); off < size; off += uint64(len(buf)) {
				if err := m.ReadAt(buf, at+off); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	word := func(b *testing.B, within uint64) {
		r := rand.New(rand.NewPCG(3, 4))
		buf := make([]byte, 8)
		for b.Loop() {
			if err := m.ReadAt(buf, at+r.Uint64N(within)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("one-chunk", func(b *testing.B) { word(b, chunkSize-8) })
	b.Run("cached", func(b *testing.B) { word(b, 32*chunkSize) })
	b.Run("anywhere", func(b *testing.B) { word(b, size-8) })
}
