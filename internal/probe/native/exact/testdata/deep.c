// One thread waits in the kernel, in a sleep that nothing interrupts, for a child that
// has not called exec yet (vfork), until the program ends. Another allocates, and keeps
// each second block.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int child[2], done[2];

static void *waits(void *arg) {
	(void)arg;
	if (!vfork()) {
		char c = 1;
		close(done[1]);
		if (write(child[1], &c, 1) != 1 || read(done[0], &c, 1))
			_exit(1);
		_exit(0);
	}
	return 0;
}

int main(void) {
	pthread_t t;
	char c, line[64];
	if (pipe(child) || pipe(done) || pthread_create(&t, 0, waits, 0) || read(child[0], &c, 1) != 1)
		return 1;
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		for (int i = 0; i < 100; i++) {
			char *p = malloc(777);
			p[0] = 1;
			if (i % 2)
				free(p);
		}
		puts("ok");
		fflush(stdout);
	}
	return 0;
}
