// An allocator of its own: the blocks of another one end the program.
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CLASSES = 48 };
static struct head { uint64_t magic, class; struct head *raw; size_t size; } *lists[CLASSES];
static char *from, *to;
static int lock;

static const uint64_t MAGIC = 0x616e657261;

static void *take(size_t n, size_t align) {
	size_t need = n + align + sizeof(struct head);
	int class = 6;
	while ((size_t)1 << class < need)
		class++;
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	struct head *raw = lists[class];
	size_t size = (size_t)1 << class;
	if (raw) {
		lists[class] = raw->raw;
	} else {
		if ((size_t)(to - from) < size) {
			size_t much = size > 1 << 22 ? size : 1 << 22;
			from = mmap(0, much, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			to = from + much;
		}
		raw = (struct head *)from;
		from += size;
	}
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	uintptr_t p = ((uintptr_t)raw + sizeof(struct head) + align - 1) & -align;
	struct head *h = (struct head *)p - 1;
	*h = (struct head){MAGIC, class, raw, n};
	return (void *)p;
}

static struct head *of(void *p) {
	struct head *h = (struct head *)p - 1;
	if (h->magic != MAGIC) {
		static const char msg[] = "arena: a block of another allocator\n";
		if (write(2, msg, sizeof msg - 1)) _exit(7);
		_exit(7);
	}
	return h;
}

void *malloc(size_t n) { return take(n, 32); }
void *memalign(size_t a, size_t n) { return take(n, a < 32 ? 32 : a); }
void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
int posix_memalign(void **to, size_t a, size_t n) { *to = memalign(a, n); return 0; }
void *calloc(size_t a, size_t b) { return memset(take(a * b, 32), 0, a * b); }

void free(void *p) {
	if (!p) return;
	struct head *h = of(p), *raw = h->raw;
	uint64_t class = h->class;
	h->magic = 0;
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	raw->raw = lists[class];
	lists[class] = raw;
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

void *realloc(void *p, size_t n) {
	if (!p) return malloc(n);
	void *to = malloc(n);
	size_t old = of(p)->size;
	memcpy(to, p, old < n ? old : n);
	free(p);
	return to;
}
