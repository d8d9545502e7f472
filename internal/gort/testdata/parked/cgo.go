//go:build cgo

package main

/*
#include <unistd.h>
static void nap(int seconds) { while (seconds > 0) seconds = sleep(seconds); }
extern void calledFromC(int);
static void callBack(int n) { calledFromC(n); }
*/
import "C"

func init() {
	extra = append(extra,
		func() { park("syscall", "", nil); C.nap(86400) },
		func() { C.callBack(7) },
	)
}

//export calledFromC
func calledFromC(n C.int) {
	park("chan receive", "chan", never)
	<-never
}
