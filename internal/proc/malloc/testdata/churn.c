// Allocates and frees in several threads, then writes what it holds (address and
// size asked for, a line each) to stdout, a line "end", and waits for stdin to end.
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX = 64, TABLE = 1 << 15 };
static struct held { void *p; size_t n; } *held[MAX];
static int rounds = 200000;
static pthread_barrier_t all;

static uint64_t rnd(uint64_t *s) {
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static size_t size(uint64_t *s) {
	switch (rnd(s) % 20) {
	case 0: return rnd(s) % 100000;
	case 1: return rnd(s) % 1000 == 0 ? 200000 + rnd(s) % 400000 : rnd(s) % 4000;
	case 2: case 3: case 4: return rnd(s) % 2000;
	default: return rnd(s) % 200;
	}
}

static void *work(void *arg) {
	uint64_t s = 88172645463325252ull + 7919 * (uintptr_t)arg;
	struct held *t = held[(uintptr_t)arg];
	for (int i = 0; i < rounds; i++) {
		struct held *h = &t[rnd(&s) % TABLE];
		size_t n = size(&s);
		if (h->p && rnd(&s) % 4) {
			free(h->p);
			h->p = 0;
			continue;
		}
		switch (h->p ? 3 : rnd(&s) % 8) {
		case 0: h->p = calloc(1, n); break;
		case 1: h->p = memalign(1 << (4 + rnd(&s) % 9), n); break;
		case 3: h->p = realloc(h->p, n ? n : 1); break;
		default: h->p = malloc(n);
		}
		h->n = n;
		memset(h->p, 0xa5, n);
	}
	pthread_barrier_wait(&all);
	pause(); // threads that end give their caches back
	return 0;
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 0;
	if (argc > 2) rounds = atoi(argv[2]);
	if (argc > 3 && !strcmp(argv[3], "noncontiguous")) { // the break cannot grow
		void *at = (char *)sbrk(0) + (256 << 10);
		at = (void *)(((uintptr_t)at + 4095) & ~4095ul);
		if (mmap(at, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) return 3;
	}
	if (argc > 3 && !strcmp(argv[3], "shared-break")) { // others move it, too
		malloc(100000);
		sbrk(12345);
		malloc(100000);
	}
	for (int i = 0; i <= threads; i++)
		held[i] = mmap(0, TABLE * sizeof(struct held), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_barrier_init(&all, 0, threads + 1);
	setvbuf(stdout, 0, _IONBF, 0);
	static char buf[1 << 16];
	for (int i = 1; i <= threads; i++) {
		pthread_t t;
		if (pthread_create(&t, 0, work, (void *)(uintptr_t)i)) return 2;
	}
	uint64_t s = 1234567;
	for (int i = 0; i < rounds; i++) {
		struct held *h = &held[0][rnd(&s) % TABLE];
		if (h->p) { free(h->p); h->p = 0; continue; }
		h->n = size(&s);
		h->p = malloc(h->n);
	}
	pthread_barrier_wait(&all);
	int n = 0;
	for (int i = 0; i <= threads; i++)
		for (int j = 0; j < TABLE; j++)
			if (held[i][j].p) {
				n += snprintf(buf + n, sizeof buf - n, "%p %zu\n", held[i][j].p, held[i][j].n);
				if (n > (int)sizeof buf - 100) { if (write(1, buf, n) != n) return 4; n = 0; }
			}
	n += snprintf(buf + n, sizeof buf - n, "end\n");
	if (write(1, buf, n) != n) return 4;
	while (read(0, buf, 1) > 0) {}
	_exit(0);
}
