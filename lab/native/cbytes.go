package main

/*
#include <stdlib.h>
static int sum(const unsigned char *p, int n) { int s = 0; while (n--) s += p[n]; return s; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-cbytes",
		Illness: "packets are copied to C by C.CBytes and not freed",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.checksum"},
	}, cbytes)
}

//go:noinline
func checksum(b []byte) int {
	return int(C.sum((*C.uchar)(C.CBytes(b)), C.int(len(b))))
}

func cbytes() {
	go func() {
		b := make([]byte, 8<<10)
		for {
			checksum(b)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	harness.Armed()
}
