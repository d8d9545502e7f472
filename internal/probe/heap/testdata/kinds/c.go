//go:build cgo

package main

/*
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void touch(size_t n) { char *p = malloc(n); memset(p, 1, n); }

// Half of it in one piece, a quarter in small ones, a quarter in those of another
// thread, which glibc gives an arena of its own.
static void *other(void *n) {
	char stack[1 << 20];
	memset(stack, 1, sizeof stack);
	for (size_t i = 0; i < (size_t)n; i += 1000) touch(1000);
	*(char *volatile *)&n = stack;
	pause();
	return NULL;
}

static void use(size_t n) {
	pthread_t t;
	touch(n / 2);
	for (size_t i = 0; i < n / 4; i += 1000) touch(1000);
	pthread_create(&t, NULL, other, (void *)(n / 4));
}

*/
import "C"

func inC() { C.use(amount) }
