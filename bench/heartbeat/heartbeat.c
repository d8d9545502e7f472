// A heartbeat for any dynamically linked program (LD_PRELOAD): a thread that wakes
// every 100 microseconds, reads the monotonic clock, and keeps the longest time
// between two of its beats. What stops the program stops the heartbeat, so the
// longest gap is the pause that the program suffered, whoever caused it.
//
// The counters lie in the file that GOMEDIC_BENCH_HEARTBEAT names, mapped by the
// benchmark as well; see ../heartbeat.go for the same layout in Go. The program's
// children do not beat.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct heartbeat {
	_Atomic uint64_t wanted;  // the benchmark counts it up to begin anew
	_Atomic uint64_t begun;   // the last one that was begun
	_Atomic uint64_t beats;   // since then
	_Atomic uint64_t longest; // gap since then, in nanoseconds
};

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *beat(void *arg) {
	struct heartbeat *h = arg;
	const struct timespec nap = {0, 100000};
	uint64_t last = now();
	for (;;) {
		uint64_t t = now();
		uint64_t wanted = atomic_load(&h->wanted);
		if (wanted != atomic_load(&h->begun)) {
			atomic_store(&h->beats, 0);
			atomic_store(&h->longest, 0);
			atomic_store(&h->begun, wanted);
		} else if (t - last > atomic_load(&h->longest)) {
			atomic_store(&h->longest, t - last);
		}
		atomic_fetch_add(&h->beats, 1);
		last = t;
		nanosleep(&nap, NULL);
	}
	return NULL;
}

__attribute__((constructor)) static void start(void) {
	const char *path = getenv("GOMEDIC_BENCH_HEARTBEAT");
	if (path == NULL)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *m = mmap(NULL, sizeof(struct heartbeat), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	unsetenv("GOMEDIC_BENCH_HEARTBEAT");
	unsetenv("LD_PRELOAD");
	if (m == MAP_FAILED)
		return;
	// The program's signals are not for this thread.
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_t thread;
	pthread_create(&thread, NULL, beat, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
