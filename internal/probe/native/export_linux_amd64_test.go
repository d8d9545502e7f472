package native

import (
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// ExactLayout finds where a thread's goroutine is noted, for package exact.
func ExactLayout(process *proc.Process, p *gort.Program, threads map[int]proc.Registers) gort.CgoLayout {
	return layout(process, p, threads)
}
