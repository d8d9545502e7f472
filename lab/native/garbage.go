package main

/*
#include <stdlib.h>
#include <string.h>
*/
import "C"

import (
	"fmt"
	"runtime"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-garbage",
		Illness: "Go objects hold C strings and are dropped without freeing them: only garbage points to the strings",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.openFont"},
	}, garbage)
}

type font struct {
	name *C.char
	size int
}

//go:noinline
func openFont(n int) *font {
	return &font{C.CString(fmt.Sprintf("Font Sans Bold %d", n)), n}
}

var fontSize int

func garbage() {
	go func() {
		for n := 0; ; n++ {
			f := openFont(n)
			fontSize += f.size
			time.Sleep(5 * time.Millisecond)
		}
	}()
	go func() {
		for {
			time.Sleep(time.Second)
			runtime.GC()
		}
	}()
	harness.Armed()
}
