//go:build cgo

package main

/*
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t done;

static char *volatile sink; // that nothing is left out as unused

static void touch(size_t n) { sink = malloc(n); memset(sink, 1, n); }

// Half of it in one piece, a quarter in small ones, a quarter in those of another
// thread, which glibc gives an arena of its own.
static void *other(void *n) {
	char stack[1 << 20];
	sink = stack;
	memset(sink, 1, sizeof stack);
	for (size_t i = 0; i < (size_t)n; i += 1000) touch(1000);
	pthread_barrier_wait(&done);
	pause();
	return stack[0] ? NULL : n;
}

static void use(size_t n) {
	pthread_t t;
	pthread_barrier_init(&done, NULL, 2);
	touch(n / 2);
	for (size_t i = 0; i < n / 4; i += 1000) touch(1000);
	pthread_create(&t, NULL, other, (void *)(n / 4));
	pthread_barrier_wait(&done);
}

*/
import "C"

func inC() { C.use(amount) }
