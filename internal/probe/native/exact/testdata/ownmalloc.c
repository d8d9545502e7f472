// A malloc of its own: before each block stand its size and a mark, and what has none is
// refused.
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct head { size_t size; uint64_t mark; };
static const size_t AREA = (size_t)1 << 32;
static const uint64_t mark = 0x6f776e6d616c6c6f;
static char *area;
static size_t used;
static int lock;

static void refuse(void) {
	static const char text[] = "not a block of this malloc\n";
	write(2, text, sizeof text - 1);
	_exit(9);
}

static struct head *of(void *p) {
	struct head *h = (struct head *)p - 1;
	if (h->mark != mark) refuse();
	return h;
}

static void *take(size_t align, size_t n) {
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE));
	if (!area) area = mmap(0, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t at = (used + sizeof(struct head) + align - 1) & ~(align - 1);
	if (at + n > AREA) refuse();
	used = at + n;
	struct head *h = (struct head *)(area + at) - 1;
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	*h = (struct head){n, mark};
	return h + 1;
}

void *malloc(size_t n) { return take(16, n); }
void *calloc(size_t a, size_t b) { return take(16, a * b); }
void free(void *p) { if (p) of(p); }
size_t malloc_usable_size(void *p) { return p ? of(p)->size : 0; }
void *memalign(size_t a, size_t n) { return take(a < 16 ? 16 : a, n); }
void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
int posix_memalign(void **to, size_t a, size_t n) { *to = memalign(a, n); return 0; }

void *realloc(void *old, size_t n) {
	void *p = take(16, n);
	if (old) memcpy(p, old, of(old)->size < n ? of(old)->size : n);
	return p;
}
