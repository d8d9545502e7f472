package main

// #include <stdlib.h>
import "C"

import "fmt"

//export goEvent
func goEvent(k C.int) { answer(int(k)) }

//go:noinline
func answer(k int) { lastAnswer = C.CString(fmt.Sprintf("answer %d", k)) }

var lastAnswer *C.char
