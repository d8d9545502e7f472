package main

import (
	"fmt"
	"runtime"
)

// say prints what the runtime counts, and stands still so that nothing changes
// it: reading the figures flushes every P's counts, and printing them allocates.
func say(m *runtime.MemStats) {
	fmt.Printf("stats alloc=%d objects=%d mallocs=%d frees=%d total=%d inuse=%d idle=%d released=%d next=%d gc=%d pause=%d stacks=%d span=%d cache=%d buck=%d gcsys=%d other=%d goroutines=%d\n",
		m.HeapAlloc, m.HeapObjects, m.Mallocs, m.Frees, m.TotalAlloc, m.HeapInuse, m.HeapIdle, m.HeapReleased, m.NextGC, m.NumGC,
		m.PauseTotalNs, m.StackInuse, m.MSpanSys, m.MCacheSys, m.BuckHashSys, m.GCSys, m.OtherSys, runtime.NumGoroutine())
}
