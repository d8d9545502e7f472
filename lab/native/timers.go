package main

/*
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <time.h>
static timer_t reminder(void) {
	struct sigevent e = {.sigev_notify = SIGEV_NONE};
	timer_t t = 0;
	timer_create(CLOCK_MONOTONIC, &e, &t);
	return t;
}
static int remaining(timer_t t) {
	struct itimerspec s = {0};
	return timer_gettime(t, &s) == 0 ? (int)s.it_value.tv_sec : -1;
}
static void forget(timer_t t) { timer_delete(t); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-timers",
		Illness: "each note makes a timer of the kernel for its reminder, which takes no memory of the program's, and nobody deletes it",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.addNote"},
	}, timers)
	faults.Add(harness.Fault{
		Name:    "native-healthy-timers",
		Illness: "none: the timers of the last two hundred notes, each deleted when another takes its place",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyTimers)
}

//go:noinline
func addNote() C.timer_t { return C.reminder() }

func timers() {
	go func() {
		for {
			C.remaining(addNote())
			time.Sleep(20 * time.Millisecond)
		}
	}()
	harness.Armed()
}

func healthyTimers() {
	go func() {
		var notes []C.timer_t
		for {
			if notes = append(notes, addNote()); len(notes) > 200 {
				C.forget(notes[0])
				notes = notes[1:]
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	harness.Armed()
}
