// Loses C memory, until stdin ends, and is confined: for a process that it makes, or
// for memory that it could execute, the kernel ends it.
package main

/*
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *volatile cell;
__attribute__((noinline)) static void lose(int n) { char *p = malloc(50); memset(p, 'a' + n % 26, 50); cell = p; cell = 0; }

#define NR BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ARG(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define DIE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define CALL(nr, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, skip)

static int confine(void) {
	struct sock_filter code[] = {
		NR,
		CALL(SYS_fork, 1), DIE,
		CALL(SYS_vfork, 1), DIE,
		CALL(SYS_clone3, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS), // clone is then tried
		CALL(SYS_wait4, 1), DIE,
		CALL(SYS_ptrace, 1), DIE,
		CALL(SYS_restart_syscall, 1), DIE,
		CALL(SYS_clone, 3), ARG(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x100, 1, 0), DIE, // CLONE_VM: a thread
		NR,
		CALL(SYS_mprotect, 3), ARG(2), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), DIE,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = {sizeof code / sizeof *code, code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &p);
}
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

//go:noinline
func loses(n int) { C.lose(C.int(n)) }

func main() {
	var count atomic.Int64
	if C.confine() != 0 {
		fmt.Println("not confined")
		os.Exit(1)
	}
	go func() {
		for n := 0; ; n++ {
			loses(n)
			count.Add(1)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(count.Load())
	}
}
