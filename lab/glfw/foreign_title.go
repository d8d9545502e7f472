package main

import (
	"fmt"
	"time"

	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-foreign-title",
		Illness: "the goroutine that downloads shows its progress in the window's title itself, after each packet",
		ID:      []string{"ui-thread/foreign-call"},
		Where:   []string{"main.(*download).progress", "main.(*download).run"},
	}, program{build: foreignTitle})
}

type download struct {
	s    *stage
	got  int
	next <-chan time.Time // five packets have come
}

func (d *download) progress() { d.s.window.SetTitle(fmt.Sprintf("%s: %d KiB", d.s.title, d.got)) }

func (d *download) run() {
	for range d.next {
		for range 5 {
			d.got++
			d.progress()
		}
	}
}

func foreignTitle(s *stage) func() {
	d, tick := &download{s: s, next: time.Tick(time.Millisecond)}, time.Tick(time.Second/60)
	s.wait = func() { // the server tells of each new title, which would end a wait for events
		<-tick
		glfw.PollEvents()
	}
	s.Later(func() {
		go d.run()
		harness.Armed()
	})
	return spinner
}
