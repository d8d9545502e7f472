package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-measured",
		Illness: "none: frames with a work of 0 to 7 ms in turn; with LAB_FRAMES=FILE it logs the times of each",
		Healthy: true,
	}, program{build: measured})
}

func work(budget time.Duration) {
	for end := time.Now().Add(budget); time.Now().Before(end); {
	}
}

func measured(s *stage) func() {
	n := 0
	s.Later(harness.Armed)
	return func() {
		work(time.Duration(n%8) * time.Millisecond)
		spinner()
		n++
	}
}
