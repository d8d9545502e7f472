// Holds and loses chunks in known ways: writes "class address" for each, then "end",
// and waits for stdin to end.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct node { struct node *next, *prev; long payload[5]; };
struct link { struct link *next; };
struct item { long a, b; struct link link; };

struct node *global;
struct link *inner;
__thread struct node *local;
void **table;

static struct node *chain(const char *class, int n, int ring) {
	struct node *first = 0, *last = 0;
	for (int i = 0; i < n; i++) {
		struct node *p = calloc(1, sizeof *p);
		p->payload[0] = 0x6e6f6465;
		printf("%s %p\n", class, (void *)p);
		if (last) { last->next = p; if (ring) p->prev = last; } else first = p;
		last = p;
	}
	if (ring) { last->next = first; first->prev = last; }
	return first;
}

__attribute__((noinline)) static void lose(void) {
	for (int i = 0; i < 500; i++) {
		volatile uintptr_t hidden = ~(uintptr_t)malloc(40 + i % 100);
		printf("lost %p\n", (void *)~hidden);
	}
	volatile uintptr_t hidden = ~(uintptr_t)chain("lost", 300, 0);
	hidden = ~(uintptr_t)chain("lost", 200, 1);
	char *big = malloc(300000); // with pages of its own
	printf("lost %p\n", (void *)big);
	memset(big, 1, 300000);
	hidden = ~(uintptr_t)big;
	(void)hidden;
}

__attribute__((noinline)) static void wipe(void) { // the stack that was used
	volatile char a[64 << 10];
	for (size_t i = 0; i < sizeof a; i++) a[i] = 0;
}

static void *thread(void *unused) {
	local = chain("held", 50, 1);
	struct node *mine = chain("held", 60, 0);
	lose();
	wipe();
	fflush(stdout);
	pthread_barrier_wait(unused);
	pause();
	return mine;
}

int main(void) {
	static char buf[1 << 20];
	setvbuf(stdout, buf, _IOFBF, sizeof buf);
	void *volatile once = malloc(1);
	free(once); // a static program that never frees gets a simpler malloc of musl's
	global = chain("held", 1000, 1);
	table = calloc(400, sizeof *table);
	printf("held %p\n", (void *)table);
	for (int i = 0; i < 400; i++) {
		table[i] = malloc(100);
		printf("held %p\n", table[i]);
	}
	for (int i = 0; i < 100; i++) { // as the lists of the Linux kernel
		struct item *it = calloc(1, sizeof *it);
		printf("possibly %p\n", (void *)it);
		it->link.next = inner;
		inner = &it->link;
	}
	struct node *volatile mine = chain("held", 10, 0);
	lose();
	pthread_barrier_t b;
	pthread_barrier_init(&b, 0, 2);
	pthread_t t;
	if (pthread_create(&t, 0, thread, &b)) return 2;
	pthread_barrier_wait(&b);
	wipe();
	fflush(stdout);
	printf("end\n");
	fflush(stdout);
	while (read(0, buf, 1) > 0) {}
	_exit(mine == 0);
}
