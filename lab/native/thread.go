package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
void *volatile last;
__attribute__((noinline)) void record_sample(int k) { char *p = malloc(400); memset(p, k, 400); last = p; }
void *sampler(void *arg) { for (int k = 0;; k++) { record_sample(k); usleep(5000); } return arg; }
static void start_sampler(void) { pthread_t t; pthread_create(&t, NULL, sampler, NULL); }
*/
import "C"

import (
	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-thread",
		Illness: "a thread that a C library started allocates its samples and forgets them",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/native"},
	}, thread)
}

func thread() {
	C.start_sampler()
	harness.Armed()
}
