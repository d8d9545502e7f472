package main

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-leak-strings",
		Illness: "a Go cache keeps a C string for each title that was ever drawn",
		Leak:    true,
		ID:      []string{"leak/cgo"},
		Global:  "main.titles",
		Chain:   []string{"main.title", "c", "C memory (malloc)"},
		Type:    []string{"main.title", "C memory (malloc)"},
		Where:   []string{"main.titleOf"},
	}, leakStrings)
}

// title is a text as C's functions take it.
type title struct {
	c     *C.char
	width int
}

var titles = map[int]*title{} // by the number of the order

//go:noinline
func titleOf(order int) *title {
	t := titles[order]
	if t == nil {
		text := fmt.Sprintf("order %d %s", order, strings.Repeat("·", 400))
		t = &title{c: C.CString(text), width: len(text)}
		titles[order] = t
	}
	return t
}

func leakStrings() {
	go func() {
		for n := 0; ; n++ {
			titleOf(n)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
