// Command window has the loop of a Fyne program, without a window. It says
// "ready" and its pid; with "later" it freezes for two seconds, again and again,
// half a second apart; with "frozen" at once and for good.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"

	"fyne.io/fyne/v2/app"
)

func init() { runtime.LockOSThread() }

func main() {
	// Where Yama guards processes, only a parent may look into one, and gomedic is
	// not ours: let it (prctl(2), PR_SET_PTRACER, PR_SET_PTRACER_ANY).
	syscall.RawSyscall(syscall.SYS_PRCTL, 0x59616d61, ^uintptr(0), 0)
	time.AfterFunc(2*time.Minute, func() { os.Exit(0) })
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	turns := 0
	app.Run(func() {
		turns++
		if turns == 1 {
			fmt.Println("ready", os.Getpid())
		}
		switch {
		case len(os.Args) < 2:
		case os.Args[1] == "frozen":
			load(time.Hour)
		case os.Args[1] == "later" && turns%30 == 0:
			load(2 * time.Second)
		}
	})
}

// load stands for a call that takes long on the UI goroutine.
func load(long time.Duration) { time.Sleep(long) }
