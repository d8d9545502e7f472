// Package native finds out what of a program's memory is C's, and what of that is
// lost: memory that malloc handed out and nothing points to any more, neither from C
// nor from what Go still uses. It reads a frozen copy of the program: proc/malloc has
// the allocator's own records, gort/heap what Go holds. Start at [Look].
package native

import (
	"time"

	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// Look is the C heap at one moment.
type Look struct {
	Heap  *malloc.Heap
	Marks *malloc.Marks
	Roots []malloc.Root
	// Took is how long it took to walk the heap, to read Go's, and to mark.
	Walk, Go, Mark time.Duration
}
