package gort_test

import (
	"os"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// BenchmarkTypeData reads all that a program tells of its types and variables.
// GORT_BINARY names a binary to read, linked to a fixed address; without it a
// small one is built.
func BenchmarkTypeData(b *testing.B) {
	path := os.Getenv("GORT_BINARY")
	if path == "" {
		path = build(b, "typed", plain, "")
	}
	bin, err := gort.OpenBinary(path)
	if err != nil {
		b.Fatal(err)
	}
	defer bin.Close()
	attach := func(b *testing.B) *gort.Program {
		b.StopTimer()
		p, err := gort.AttachFile(bin, gort.FileMemory{Binary: bin})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		return p
	}
	b.Run("types", func(b *testing.B) {
		for b.Loop() {
			p := attach(b)
			b.ReportMetric(float64(len(p.Types())), "types")
		}
	})
	b.Run("globals", func(b *testing.B) {
		for b.Loop() {
			p := attach(b)
			typed, list := 0, p.Globals()
			for _, g := range list {
				if g.Type != nil {
					typed++
				}
			}
			b.ReportMetric(float64(len(list)), "globals")
			b.ReportMetric(float64(typed), "typed")
		}
	})
	b.Run("users", func(b *testing.B) {
		for b.Loop() {
			p := attach(b)
			p.GlobalUsers(0)
		}
	})
	b.Run("closures", func(b *testing.B) {
		for b.Loop() {
			p := attach(b)
			n, known := 0, 0
			p.Functions(func(f gort.Func) bool {
				c, ok := p.ClosureOf(f.Entry)
				if ok && len(c.Vars) > 0 {
					n++
				}
				if ok && c.Type != nil {
					known++
				}
				return true
			})
			b.ReportMetric(float64(n), "with_variables")
			b.ReportMetric(float64(known), "with_struct")
		}
	})
	b.Run("lookup", func(b *testing.B) {
		p := attach(b)
		all := p.Types()
		i := 0
		for b.Loop() {
			if p.TypeAt(all[i%len(all)].Addr) == nil {
				b.Fatal("no type")
			}
			i++
		}
	})
}
