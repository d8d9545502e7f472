package harness

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// WorkVar is the environment variable that gives the measured programs one and
// the same work in every frame, in milliseconds.
const WorkVar = "LAB_WORK"

// WorkOf is the work of the nth frame in milliseconds: 0 to 7 in turn, or what
// LAB_WORK says.
func WorkOf(n int) int { return workOf()(n) }

var workOf = sync.OnceValue(func() func(int) int {
	s := os.Getenv(WorkVar)
	if s == "" {
		return func(n int) int { return n % 8 }
	}
	ms, err := strconv.Atoi(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, WorkVar, err)
		os.Exit(2)
	}
	return func(int) int { return ms }
})

// Work computes for about so many milliseconds. It is always the same number of
// rounds, so that whatever interrupts them makes the frame longer.
func Work(ms int) {
	rounds(ms * perMillisecond())
}

// perMillisecond is how many rounds an undisturbed processor makes: the most that
// it has made in a number of tries.
var perMillisecond = sync.OnceValue(func() int {
	const try = 100_000
	best := time.Hour
	for range 20 {
		start := time.Now()
		rounds(try)
		best = min(best, time.Since(start))
	}
	return int(try * time.Millisecond / max(1, best))
})

//go:noinline
func rounds(n int) (x uint64) {
	for i := range n {
		x = x*6364136223846793005 + uint64(i)
	}
	return x
}
