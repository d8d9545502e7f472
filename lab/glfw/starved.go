package main

import (
	"runtime"
	"strings"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-starved",
		Illness: "four thousand goroutines count words at once, so that the UI waits in the run queue after each C call",
		ID:      []string{"ui-starved/scheduler"},
	}, program{build: starved})
}

func countWords(text string) (n int) {
	for {
		n += len(strings.Fields(text))
	}
}

func starved(s *stage) func() {
	text := strings.Repeat("lorem ipsum ", 1000)
	runtime.GOMAXPROCS(1)
	s.Later(func() {
		for range 4000 {
			go countWords(text)
		}
		harness.Armed()
	})
	return func() {}
}
