package main

/*
#include <stdint.h>
#include <stdlib.h>
static uintptr_t texture(int n) { return (uintptr_t)calloc(1, n); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-uintptr",
		Illness: "a Go map of numbers keeps the addresses of textures for ever",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.loadTexture"},
	}, addresses)
}

var textures = map[int]uintptr{} // the keys are never used again

//go:noinline
func loadTexture(k int) { textures[k] = uintptr(C.texture(1000)) }

func addresses() {
	go func() {
		for k := 0; ; k++ {
			loadTexture(k)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
