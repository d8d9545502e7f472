package main

import (
	"bytes"
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-healthy-pool",
		Illness: "none: twenty workers wait on a channel for work, now and then a burst comes, and buffers go back to a sync.Pool",
		Leak:    true,
		Healthy: true,
	}, leakHealthyPool)
}

var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 32<<10)) }}

func encodeAll(jobs <-chan int) {
	for n := range jobs {
		b := buffers.Get().(*bytes.Buffer)
		for range n {
			b.WriteString("a line of a few words\n")
		}
		b.Reset()
		buffers.Put(b)
	}
}

func leakHealthyPool() {
	jobs := make(chan int)
	for range 20 {
		go encodeAll(jobs)
	}
	go func() {
		for n := 0; ; n++ {
			for range n % 40 {
				jobs <- 1000
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	harness.Armed()
}
