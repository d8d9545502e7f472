package page

import (
	"os"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// BenchmarkExplain reads and explains the goroutines of a page's memory that the file
// GOMEDIC_MEMORY holds.
func BenchmarkExplain(b *testing.B) {
	path := os.Getenv("GOMEDIC_MEMORY")
	if path == "" {
		b.Skip("GOMEDIC_MEMORY names no file with a page's memory")
	}
	mem, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t, err := attach.Page(mem)
		if err != nil {
			b.Fatal(err)
		}
		l, err := stacks.Page(TargetOf(t), time.Time{}, time.Now(), nil, true)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := heap.WaitForever(b.Context(), TargetOf(t)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(l.Goroutines)), "goroutines")
	}
}
