package main

/*
#include <stdlib.h>
struct entry { struct entry *next; int key; char value[150]; };
static struct entry *entries;
static void remember(int key) { struct entry *e = calloc(1, sizeof *e); e->key = key; e->next = entries; entries = e; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-list",
		Illness: "a list in C remembers each key, and nothing is ever taken out",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.rememberKey"},
	}, list)
}

//go:noinline
func rememberKey(k int) { C.remember(C.int(k)) }

func list() {
	go func() {
		for k := 0; ; k++ {
			rememberKey(k)
			time.Sleep(3 * time.Millisecond)
		}
	}()
	harness.Armed()
}
