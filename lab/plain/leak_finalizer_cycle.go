package main

import (
	"runtime"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-finalizer-cycle",
		Illness: "a reader and its cache know each other and both have finalizers: the collector may free neither",
		Leak:    true,
		ID:      []string{"leak/finalizer"},
		Type:    []string{"main.reader", "main.pageCache"},
		Where:   []string{"main.openReader"},
	}, leakFinalizerCycle)
}

type reader struct {
	cache *pageCache
	file  int
}

type pageCache struct {
	owner *reader
	pages [4 << 10]byte
}

func (r *reader) close()      { r.file = -1 }
func (c *pageCache) discard() { c.owner = nil }

//go:noinline
func openReader(file int) int {
	r := &reader{file: file}
	r.cache = &pageCache{owner: r}
	runtime.SetFinalizer(r, (*reader).close)
	runtime.SetFinalizer(r.cache, (*pageCache).discard)
	return r.file
}

func leakFinalizerCycle() {
	go func() {
		for file := range 1 << 30 {
			openReader(file)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	harness.Armed()
}
