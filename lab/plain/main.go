// Command labplain is a small program without a window and with one illness of
// your choice: what gomedic says of a Go program with none of the toolkits.
//
//	labplain -manifest     what must be found
//	labplain FAULT         fall ill
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
