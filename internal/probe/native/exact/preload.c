//go:build ignore

// The same as a library that is loaded before all others (LD_PRELOAD), for programs
// that gomedic starts: everything is recorded from the first allocation on. glibc's
// own functions are called by their other names.

#define PRELOAD
#include "hooks.c"

struct ring rings[RING_COUNT];

// gomedic finds it by its first words.
struct header header = {
	.magic = {0x63696d64656d6f67, 0x31736b6f6f68}, .on = 1, .turn = 1, .at = rings,
};

extern u64 __libc_malloc(u64), __libc_calloc(u64, u64), __libc_realloc(u64, u64), __libc_memalign(u64, u64), __libc_valloc(u64), __libc_pvalloc(u64);
extern void __libc_free(u64);

#define EXPORT __attribute__((visibility("default")))

EXPORT u64 malloc(u64 n)
{
	u64 p = __libc_malloc(n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u64 calloc(u64 a, u64 b)
{
	u64 p = __libc_calloc(a, b);
	allocated(p, a * b, CALLER);
	return p;
}

EXPORT u64 realloc(u64 old, u64 n)
{
	u64 when = now();
	u64 p = __libc_realloc(old, n);
	if (p || !n)
		freed(old, when);
	allocated(p, n, CALLER);
	return p;
}

EXPORT void free(u64 p)
{
	freed(p, now());
	__libc_free(p);
}

EXPORT u64 memalign(u64 a, u64 n)
{
	u64 p = __libc_memalign(a, n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u64 aligned_alloc(u64 a, u64 n)
{
	u64 p = __libc_memalign(a, n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u32 posix_memalign(u64 *to, u64 a, u64 n)
{
	if (a < 8 || a & (a - 1))
		return 22; // EINVAL
	u64 p = __libc_memalign(a, n);
	if (!p)
		return 12; // ENOMEM
	*to = p;
	allocated(p, n, CALLER);
	return 0;
}

EXPORT u64 valloc(u64 n)
{
	u64 p = __libc_valloc(n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u64 pvalloc(u64 n)
{
	u64 p = __libc_pvalloc(n);
	allocated(p, n, CALLER);
	return p;
}
