// Command labnative is a small program without a window that allocates C memory, with one
// illness of your choice: what gomedic native says of it.
//
//	labnative -manifest     what must be found
//	labnative FAULT         fall ill
package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

// build starts a fault and returns.
type build func()

var faults = harness.Table[build]{}

func main() {
	_, start := faults.Choose()
	start()
	time.Sleep(time.Hour) // the kernel ends the program much earlier
}
