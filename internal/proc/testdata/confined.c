// Confines itself, as its argument says, with a filter that ends it for any other call
// than those that it makes; "one": one thread alone does. To each line of its input it
// answers with how often two threads have waited, one in nanosleep, one in poll.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long slept, polled;
static pthread_barrier_t begun;
static int confine(unsigned restart, unsigned otherwise, unsigned flags);

static void *sleeps(void *alone) {
	if (alone && confine(SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS, 0)) _exit(5);
	pthread_barrier_wait(&begun);
	for (;;) {
		struct timespec t = {0, 50000000};
		if (!syscall(SYS_nanosleep, &t, 0)) slept++;
	}
	return alone;
}

static void *polls(void *unused) {
	pthread_barrier_wait(&begun);
	for (;;)
		if (!syscall(SYS_poll, 0, 0, 50)) polled++;
	return unused;
}

#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int confine(unsigned restart, unsigned otherwise, unsigned flags) {
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_nanosleep), ALLOW(SYS_poll), ALLOW(SYS_futex), ALLOW(SYS_exit_group),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 0, 1), BPF_STMT(BPF_RET | BPF_K, restart),
		BPF_STMT(BPF_RET | BPF_K, otherwise),
	};
	struct sock_fprog p = {sizeof code / sizeof *code, code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &p);
}

int main(int argc, char **argv) {
	pthread_t a, b;
	pthread_barrier_init(&begun, 0, 3);
	if (argc < 2 || pthread_create(&a, 0, sleeps, strcmp(argv[1], "one") ? 0 : argv[1]) || pthread_create(&b, 0, polls, 0)) return 2;
	pthread_barrier_wait(&begun);
	if (!strcmp(argv[1], "all") && confine(SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS, SECCOMP_FILTER_FLAG_TSYNC) ||
		!strcmp(argv[1], "restarts") && confine(SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, SECCOMP_FILTER_FLAG_TSYNC) ||
		!strcmp(argv[1], "errors") && confine(SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | EPERM, SECCOMP_FILTER_FLAG_TSYNC)) {
		perror("confine");
		return 3;
	}
	char buf[200];
	if (write(1, "ready\n", 6) != 6) return 4;
	while (read(0, buf, 1) == 1) {
		int n = snprintf(buf, sizeof buf, "%lu %lu\n", slept, polled);
		if (write(1, buf, n) != n) return 4;
	}
	_exit(0);
}
