// For each line that it reads, allocates and frees more often than a ring has room for,
// and says what came of it: "fork" does so in a child that has confined itself, "here" in
// the program itself, which has confined itself then. A filter ends them for any call
// that none of this takes, as nanosleep.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int confine(void) {
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog p = {sizeof code / sizeof *code, code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p);
}

static void allocate(void) {
	for (int i = 0; i < 100000; i++)
		free(malloc(24));
}

static void say(const char *what) { write(1, what, strlen(what)); }

int main(void) {
	char line[64];
	free(malloc(24));
	say("ready\n");
	for (;;) {
		ssize_t n = read(0, line, sizeof line - 1);
		if (n <= 0) _exit(0);
		line[n] = 0;
		if (!strncmp(line, "fork", 4)) {
			int status = -1;
			pid_t child = fork();
			if (!child) {
				if (confine()) _exit(3);
				allocate();
				_exit(0);
			}
			if (child < 0 || waitpid(child, &status, 0) != child) _exit(4);
			snprintf(line, sizeof line, "child %d\n", status);
			say(line);
		} else if (!strncmp(line, "here", 4)) {
			if (confine()) _exit(3);
			allocate();
			say("done\n");
		} else {
			allocate();
			say("done\n");
		}
	}
}
