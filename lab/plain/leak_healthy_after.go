package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-healthy-after",
		Illness: "none: a loop waits for work or for time.After, whose timer is garbage as soon as work comes (since Go 1.23)",
		Leak:    true,
		Healthy: true,
	}, leakHealthyAfter)
}

func leakHealthyAfter() {
	work, idle := make(chan int), 0
	go func() {
		for n := 0; ; n++ {
			work <- n
			if n%100 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	go func() {
		for {
			select {
			case <-work:
			case <-time.After(time.Minute):
				idle++
			}
		}
	}()
	harness.Armed()
}
