// Package agent lets gomedic into a program where the system keeps it out: where
// ptrace is restricted (Yama, containers), where the program is not dumpable, or where
// another user is on call.
//
//	func main() {
//		a, err := agent.Start(agent.Options{})
//		if err != nil {
//			log.Print(err) // the program does without
//		} else {
//			defer a.Close()
//		}
//		…
//	}
//
// The agent does nothing until it is asked: it waits on a Unix socket that only
// processes of the same machine can reach, and answers only the program's own user,
// root, and the users that [Options] name. It is asked by gomedic when the kernel
// refuses, and then either permits it to look (prctl(2): PR_SET_PTRACER,
// PR_SET_DUMPABLE), for as long as it looks, or writes a copy of the memory into a file
// that gomedic gives it: for a moment no goroutine runs, a child process is made that
// has the memory as it was then, and that one writes, while the program goes on.
package agent

import "errors"

// Options say whom the agent answers. The zero value is for most programs.
type Options struct {
	// Users are the ids of further users that may have a copy of the memory. The
	// program's own user and root always may.
	Users []int
}

// ErrUnsupported: the agent works on Linux only.
var ErrUnsupported = errors.New("gomedic's agent works on Linux only")
