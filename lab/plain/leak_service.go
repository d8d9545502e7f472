package main

import (
	"fmt"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-service",
		Illness: "a tracker that runs as long as the program notes each visitor in a map of its own and forgets none",
		Leak:    true,
		ID:      []string{"leak/map"},
		Chain:   []string{"main.(*tracker).run", "seen"},
		Type:    []string{"main.visitor", "map[string]*main.visitor"},
		Where:   []string{"main.(*tracker).note"},
	}, leakService)
}

type visitor struct {
	name    string
	session [2 << 10]byte
}

type tracker struct {
	visits chan string
	seen   map[string]*visitor
}

func (t *tracker) run() {
	for name := range t.visits {
		t.note(name)
	}
}

//go:noinline
func (t *tracker) note(name string) {
	if t.seen[name] == nil {
		t.seen[name] = &visitor{name: name}
	}
}

func leakService() {
	visits := make(chan string)
	go (&tracker{visits, make(map[string]*visitor)}).run()
	go func() {
		for n := 0; ; n++ {
			time.Sleep(10 * time.Millisecond)
			visits <- fmt.Sprint("visitor ", n)
		}
	}()
	harness.Armed()
}
