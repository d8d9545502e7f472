package main

/*
#include <stdlib.h>
#include <string.h>
struct session { int id; char *user; char buffer[300]; };
static struct session *sessions[1 << 20];
static int n_sessions;
static struct session *session_new(const char *user) {
	struct session *s = calloc(1, sizeof *s);
	s->id = n_sessions;
	s->user = strdup(user);
	sessions[n_sessions++ & ((1 << 20) - 1)] = s;
	return s;
}
static int session_id(struct session *s) { return s->id; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-handles",
		Illness: "sessions of a C library are made and never closed; the library keeps a table of them",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.openSession"},
	}, handles)
}

//go:noinline
func openSession(user *C.char) int { return int(C.session_id(C.session_new(user))) }

func handles() {
	go func() {
		user := C.CString("somebody")
		for {
			openSession(user)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
