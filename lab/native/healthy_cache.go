package main

/*
#include <stdlib.h>
#include <string.h>
static char *slots[500];
static void put(int k) { int i = k % 500; free(slots[i]); slots[i] = malloc(100 + k % 900); memset(slots[i], 1, 100); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-cache",
		Illness: "none: a cache in C has five hundred places, each entry stays for seconds",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyCache)
}

func healthyCache() {
	for k := range 1000 {
		C.put(C.int(k))
	}
	go func() {
		for k := 0; ; k++ {
			C.put(C.int(k))
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
