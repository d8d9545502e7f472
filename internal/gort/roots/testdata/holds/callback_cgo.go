//go:build cgo

package main

/*
extern void goCallback(int);
static void callBack(int n) { goCallback(n); }
*/
import "C"

const cgoBoxes = 3

// callsC waits in Go that was called from C that was called from Go.
func callsC() {
	b := newBox("before-c")
	C.callBack(1)
	use(b)
}

//export goCallback
func goCallback(n C.int) {
	b := newBox("behind-c")
	dead := newBox("dead-behind-c")
	use(dead)
	<-block
	use(b)
}
