// Allocates and frees in N threads for ever, checks what it holds, and says "ok COUNT"
// for each line that it reads; a damaged chunk ends it with "bad". With a library as
// second argument it loads and unloads that meanwhile.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLE = 512 };
static _Atomic uint64_t count;
static void **shared; // freed by another thread than allocated it
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void check(unsigned char *p, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (p[i] != (unsigned char)(n * 7)) {
			printf("bad\n");
			fflush(stdout);
			_exit(9);
		}
}

static void *work(void *arg) {
	uint64_t s = 88172645463325252ull + 7919 * (uintptr_t)arg;
	struct { unsigned char *p; size_t n; } t[TABLE] = {0};
	for (;;) {
		s ^= s << 13; s ^= s >> 7; s ^= s << 17;
		int i = s % TABLE;
		size_t n = 1 + (s >> 20) % 300;
		if (t[i].p) {
			check(t[i].p, t[i].n);
			if (s >> 40 & 1) {
				free(t[i].p);
				t[i].p = 0;
			} else {
				t[i].p = realloc(t[i].p, n);
				t[i].n = n;
				memset(t[i].p, n * 7, n);
			}
		} else {
			t[i].p = s >> 41 & 1 ? malloc(n) : s >> 42 & 1 ? calloc(1, n) : memalign(64, n);
			t[i].n = n;
			memset(t[i].p, n * 7, n);
		}
		if (s % 97 == 0) {
			pthread_mutex_lock(&lock);
			free(shared[s >> 50 & 63]);
			shared[s >> 50 & 63] = malloc(n);
			pthread_mutex_unlock(&lock);
		}
		count++;
	}
	return 0;
}

static void *loads(void *name) {
	for (;;) {
		void *h = dlopen(name, RTLD_NOW);
		if (h) {
			void *(*f)(size_t) = (void *(*)(size_t))dlsym(h, "make");
			if (f) free(f(50));
			dlclose(h);
		}
		usleep(1000);
	}
	return 0;
}

int main(int argc, char **argv) {
	int n = argc > 1 ? atoi(argv[1]) : 8;
	shared = calloc(64, sizeof *shared);
	pthread_t t;
	for (int i = 1; i <= n; i++)
		if (pthread_create(&t, 0, work, (void *)(uintptr_t)i)) return 2;
	if (argc > 2 && pthread_create(&t, 0, loads, argv[2])) return 2;
	char line[64];
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		printf("ok %llu\n", (unsigned long long)count);
		fflush(stdout);
	}
	_exit(0);
}
