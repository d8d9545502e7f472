package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-send",
		Illness: "a query that takes longer than a millisecond is given up, and its answer then waits for a receiver for ever",
		Leak:    true,
		ID:      []string{"leak/goroutine"},
		Chain:   []string{"main.lookUp"},
		Where:   []string{"main.lookUp"},
	}, leakSend)
}

// lookUp always takes longer than the caller waits.
func lookUp(name string, answer chan<- string) {
	time.Sleep(5 * time.Millisecond)
	answer <- "address of " + name
}

func resolve(name string) string {
	answer := make(chan string)
	go lookUp(name, answer)
	select {
	case a := <-answer:
		return a
	case <-time.After(time.Millisecond):
		return "unknown"
	}
}

func leakSend() {
	go func() {
		for {
			resolve("example.org")
			time.Sleep(20 * time.Millisecond)
		}
	}()
	harness.Armed()
}
