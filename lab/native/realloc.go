package main

/*
#include <stdlib.h>
#include <string.h>
static char *text;
static size_t used, room;
static void append(const char *line, size_t n) {
	if (used + n > room) text = realloc(text, room += 16 << 10);
	memcpy(text + used, line, n);
	used += n;
}
static void log_line(int k) { char b[512]; memset(b, 'a' + k % 26, sizeof b); append(b, sizeof b); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-realloc",
		Illness: "a log in C makes its block larger and larger by realloc",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.logLine"},
	}, realloc)
}

//go:noinline
func logLine(k int) { C.log_line(C.int(k)) }

func realloc() {
	go func() {
		for k := 0; ; k++ {
			logLine(k)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	harness.Armed()
}
