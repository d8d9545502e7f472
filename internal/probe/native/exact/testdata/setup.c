// A library whose allocator can be replaced, as those of libxml2 or curl: variables hold
// the addresses of functions, and the linker fills them in. "mine" is replaced at the
// start, "kept" is not. In mine, blocks come from a pool: free in the C library would
// end the program. It says what it did for each line that it reads.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *(*kept_malloc)(size_t) = malloc;
void (*kept_free)(void *) = free;
void *(*mine_malloc)(size_t) = malloc;
void *(*mine_realloc)(void *, size_t) = realloc;
void (*mine_free)(void *) = free;

static char pool[1 << 16] __attribute__((aligned(16)));
static size_t used;
static int live;

static void *pool_malloc(size_t n) {
	void *p = pool + used;
	used = (used + n + 31) & ~15ul;
	if (used > sizeof pool) exit(3);
	live++;
	return p;
}

static void *pool_realloc(void *old, size_t n) { (void)n; return old; }

static void pool_free(void *p) {
	if ((char *)p < pool || (char *)p >= pool + sizeof pool) exit(4);
	if (!--live) used = 0;
}

int main(void) {
	static char out[256];
	setvbuf(stdout, out, _IOFBF, sizeof out);
	mine_malloc = pool_malloc;
	mine_realloc = pool_realloc;
	mine_free = pool_free;
	char line[64];
	void *held = mine_malloc(40);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		for (int i = 0; i < 100; i++) {
			void *p = mine_malloc(100);
			if ((char *)p < pool || (char *)p >= pool + sizeof pool) exit(5);
			memset(p, 7, 100);
			mine_free(mine_realloc(p, 50));
			void *kept = kept_malloc(777);
			memset(kept, 7, 777);
			if (i % 2) kept_free(kept);
		}
		mine_free(held);
		printf("ok %d\n", live);
		held = mine_malloc(40);
		fflush(stdout);
	}
	return 0;
}
