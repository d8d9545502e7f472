//go:build ignore

// The same as a library that is loaded before all others (LD_PRELOAD), for programs
// that gomedic starts: everything is recorded from the first allocation on. glibc's
// own functions are called by their other names. Another C library, as musl, has no such
// names: there it is looked for what would have been called. It may be a child of the
// program that is linked with it, and must not fail for that.

#define PRELOAD
#include "hooks.c"

// gomedic finds it by its first words.
struct header header = {
	.magic = {0x63696d64656d6f67, 0x31736b6f6f68}, .on = 1, .turn = 1, .at = space.rings,
};

#define WEAK __attribute__((weak))
extern WEAK u64 __libc_malloc(u64), __libc_calloc(u64, u64), __libc_realloc(u64, u64), __libc_memalign(u64, u64), __libc_valloc(u64), __libc_pvalloc(u64);
extern WEAK void __libc_free(u64);
extern WEAK void *dlsym(void *, const char *);

typedef u64 one(u64);
typedef u64 two(u64, u64);

// next is the function of that name that comes behind this library; 0: there is none.
static void *next(void **known, const char *name)
{
	void *f = __atomic_load_n(known, __ATOMIC_RELAXED);
	if (!f && dlsym) {
		f = dlsym((void *)-1 /* RTLD_NEXT */, name);
		__atomic_store_n(known, f, __ATOMIC_RELAXED);
	}
	return f;
}

#define NEXT_AS(type, name, other) static void *known; type *f = __libc_##name ? __libc_##name : (type *)next(&known, other)
#define NEXT(type, name) NEXT_AS(type, name, #name)

INLINE u64 real_malloc(u64 n) { NEXT(one, malloc); return f ? f(n) : 0; }
INLINE u64 real_calloc(u64 a, u64 b) { NEXT(two, calloc); return f ? f(a, b) : 0; }
INLINE u64 real_realloc(u64 p, u64 n) { NEXT(two, realloc); return f ? f(p, n) : 0; }
INLINE u64 real_memalign(u64 a, u64 n) { NEXT_AS(two, memalign, "aligned_alloc"); return f ? f(a, n) : 0; } // musl's calls that
INLINE u64 real_valloc(u64 n) { NEXT(one, valloc); return f ? f(n) : 0; }
INLINE u64 real_pvalloc(u64 n) { NEXT(one, pvalloc); return f ? f(n) : 0; }
INLINE void real_free(u64 p) { typedef void type(u64); NEXT(type, free); if (f) f(p); }

#define EXPORT __attribute__((visibility("default")))

EXPORT u64 malloc(u64 n)
{
	u64 p = real_malloc(n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u64 calloc(u64 a, u64 b)
{
	u64 p = real_calloc(a, b);
	allocated(p, a * b, CALLER);
	return p;
}

EXPORT u64 realloc(u64 old, u64 n)
{
	u64 when = now();
	u64 p = real_realloc(old, n);
	if (p || !n)
		freed(old, when);
	allocated(p, n, CALLER);
	return p;
}

EXPORT void free(u64 p)
{
	freed(p, now());
	real_free(p);
}

EXPORT u64 memalign(u64 a, u64 n)
{
	u64 p = real_memalign(a, n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u64 aligned_alloc(u64 a, u64 n)
{
	u64 p = real_memalign(a, n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u32 posix_memalign(u64 *to, u64 a, u64 n)
{
	if (a < 8 || a & (a - 1))
		return 22; // EINVAL
	u64 p = real_memalign(a, n);
	if (!p)
		return 12; // ENOMEM
	*to = p;
	allocated(p, n, CALLER);
	return 0;
}

EXPORT u64 valloc(u64 n)
{
	u64 p = real_valloc(n);
	allocated(p, n, CALLER);
	return p;
}

EXPORT u64 pvalloc(u64 n)
{
	u64 p = real_pvalloc(n);
	allocated(p, n, CALLER);
	return p;
}
