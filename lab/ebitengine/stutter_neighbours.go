package main

import (
	"math/bits"
	"os/exec"
	"runtime"
	"syscall"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-stutter-neighbours",
		Illness: "two workers for each processor compute, and so do half as many child processes of the same priority",
		ID:      []string{"ui-starved/scheduler"},
	}, stutterNeighbours)
}

func countPrimes() (found int) {
	for n := uint64(3); ; n += 2 {
		prime := true
		for d := uint64(3); d*d <= n && prime; d += 2 {
			_, rest := bits.Div64(0, n, d)
			prime = rest != 0
		}
		if prime {
			found++
		}
	}
}

func startChild() {
	child := exec.Command("sh", "-c", "while :; do :; done")
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // the signal comes when this thread ends
	if err := child.Start(); err != nil {
		panic(err)
	}
	child.Wait()
}

func stutterNeighbours(*stage) part {
	return part{update: func(tick int) {
		if ill(tick) {
			for range runtime.GOMAXPROCS(0) {
				go countPrimes()
				go countPrimes()
				go startChild()
			}
		}
	}}
}
