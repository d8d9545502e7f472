package main

import (
	"crypto/sha256"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-healthy",
		Illness: "none: a worker computes now and then, a hundred others wait for work",
		Healthy: true,
	}, healthy)
}

func worker(jobs <-chan string, sums chan<- [32]byte) {
	for job := range jobs {
		sums <- sha256.Sum256([]byte(job))
	}
}

func healthy() {
	jobs, sums := make(chan string), make(chan [32]byte)
	for range 100 {
		go worker(jobs, sums)
	}
	go func() {
		for range sums {
		}
	}()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			jobs <- "job"
		}
	}()
	harness.Armed()
}
