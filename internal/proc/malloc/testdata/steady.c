// Threads allocate and free without end, while chunks that were allocated before stay:
// writes "address size" for each of those, then "end", and waits for stdin to end.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELD = 4000, TABLE = 2000, THREADS = 4 };

static uint64_t rnd(uint64_t *s) {
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static size_t size(uint64_t *s) { return rnd(s) % 30 ? rnd(s) % 600 : rnd(s) % 200000; }

static void *work(void *arg) {
	static char *table[THREADS][TABLE];
	uint64_t s = 88172645463325252ull + 7919 * (uintptr_t)arg;
	char **t = table[(uintptr_t)arg];
	for (;;) {
		char **p = &t[rnd(&s) % TABLE];
		size_t n = size(&s);
		if (!*p)
			*p = rnd(&s) % 2 ? malloc(n) : calloc(1, n);
		else if (rnd(&s) % 3)
			free(*p), *p = 0;
		else
			*p = realloc(*p, n + 1);
	}
	return 0;
}

int main(void) {
	static char buf[1 << 20];
	setvbuf(stdout, buf, _IOFBF, sizeof buf);
	static char *held[HELD], *gaps[HELD];
	uint64_t s = 1234567;
	for (int i = 0; i < HELD; i++) {
		size_t n = size(&s);
		held[i] = malloc(n);
		gaps[i] = malloc(size(&s)); // freed: there is room among what stays
		memset(held[i], 0xa5, n);
		printf("%p %zu\n", held[i], n);
	}
	for (int i = 0; i < HELD; i++) free(gaps[i]);
	for (uintptr_t i = 0; i < THREADS; i++) {
		pthread_t t;
		if (pthread_create(&t, 0, work, (void *)i)) return 2;
	}
	printf("end\n");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0) {}
	_exit(0);
}
