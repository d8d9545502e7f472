// "many" makes more threads at once than there are rings, each of which allocates, and
// ends them; "one" makes one more, which allocates until the program ends. No two threads
// have the same place.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MANY = 300, STACK = 128 << 10 };
static pthread_barrier_t all;

static void *once(void *unused) {
	free(malloc(24));
	pthread_barrier_wait(&all);
	return unused;
}

static void *always(void *unused) {
	for (;;) free(malloc(24));
	return unused;
}

static pthread_t begin(void *(*f)(void *)) {
	pthread_attr_t a;
	pthread_t t;
	void *stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_init(&a);
	if (pthread_attr_setstack(&a, stack, STACK) || pthread_create(&t, &a, f, 0)) exit(3);
	return t;
}

int main(void) {
	static pthread_t t[MANY];
	char line[64];
	pthread_barrier_init(&all, 0, MANY);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (!strcmp(line, "many\n")) {
			for (int i = 0; i < MANY; i++) t[i] = begin(once);
			for (int i = 0; i < MANY; i++) pthread_join(t[i], 0);
		} else {
			begin(always);
		}
		puts("done");
		fflush(stdout);
	}
	_Exit(0);
}
