package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static void *volatile kept;
static void *job(void *arg) {
	void *p[50];
	for (int i = 0; i < 50; i++) { p[i] = malloc(200 + 40 * i); kept = p[i]; }
	usleep(200000);
	for (int i = 0; i < 50; i++) free(p[i]);
	return arg;
}
static void run_job(void) { pthread_t t; pthread_create(&t, NULL, job, NULL); pthread_join(t, NULL); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-threads",
		Illness: "none: threads of C come, allocate, free and go",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyThreads)
}

func healthyThreads() {
	for range 3 {
		go func() {
			for {
				C.run_job()
				time.Sleep(10 * time.Millisecond)
			}
		}()
	}
	harness.Armed()
}
