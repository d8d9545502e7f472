package main

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-unlocked-goroutine",
		Illness: "the window and its loop run on a goroutine that is not locked to any thread",
		ID:      []string{"ui-thread/unlocked"},
		Short:   true,
	}, program{build: ordinary, run: inGoroutine})
	faults.Add(harness.Fault{
		Name:    "glfw-unlocked-main",
		Illness: "the loop runs on the main goroutine, and nobody called runtime.LockOSThread",
		ID:      []string{"ui-thread/unlocked"},
	}, program{build: ordinary, run: func(life func()) { life() }})
}

func inGoroutine(life func()) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		life()
	}()
	<-closed
}

func ordinary(s *stage) func() {
	s.Later(harness.Armed)
	return func() {}
}
