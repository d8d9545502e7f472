// Command agented imports gomedic's agent and keeps things. "shy" makes it not
// dumpable, as programs with capabilities are; a number names a user who may ask its
// agent. It says "ready" and its pid, and ends with its input or after two minutes.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/agent"
)

type letter struct{ text [200]byte }

var letters []*letter

func main() {
	time.AfterFunc(2*time.Minute, func() { os.Exit(0) })
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var o agent.Options
	for _, arg := range os.Args[1:] {
		if uid, err := strconv.Atoi(arg); err == nil {
			o.Users = append(o.Users, uid)
		} else if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); e != 0 {
			panic(e)
		}
	}
	if _, err := agent.Start(o); err != nil {
		panic(err)
	}
	go func() { // computes, and keeps a letter in a register or on its stack only
		own := new(letter)
		for n := 0; ; n++ {
			own.text[n%200]++
		}
	}()
	fmt.Println("ready", os.Getpid())
	for {
		for range 200 {
			letters = append(letters, &letter{})
		}
		time.Sleep(2 * time.Millisecond)
	}
}
