package harness

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"syscall"
)

// observe lets whoever compares gomedic with it switch on what a program can do
// to look at itself: SIGUSR1 an execution trace, SIGUSR2 a CPU profile at 1 kHz;
// the same signal ends it. Each change is told on standard output.
func observe() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		var tracing, profiling bool
		for s := range c {
			if s == syscall.SIGUSR1 {
				tracing = toggle("trace", tracing, func() error { return trace.Start(file()) }, trace.Stop)
				continue
			}
			profiling = toggle("profile", profiling, func() error {
				// The rate has to be set first; pprof then complains on standard error
				// that it is set, and keeps it (runtime/pprof, StartCPUProfile).
				runtime.SetCPUProfileRate(1000)
				return pprof.StartCPUProfile(file())
			}, pprof.StopCPUProfile)
		}
	}()
}

func toggle(what string, on bool, start func() error, stop func()) bool {
	if on {
		stop()
		open[len(open)-1].Close()
		open = open[:len(open)-1]
		fmt.Println(what, "off")
		return false
	}
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, what, err)
		os.Exit(2)
	}
	fmt.Println(what, "on")
	return true
}
