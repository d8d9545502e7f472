//go:build ignore

// What runs in the target while its allocations are recorded exactly: the entries of
// the tables through which it calls malloc and its kin lead here. Each function calls
// the original and notes what it did in the thread's own ring, which gomedic empties.
// Where a ring is full, a thread waits a little for gomedic to empty it; if it does
// not, what follows is lost, and the hooks are the original and a few instructions.
//
// Compiled by generate.go into hooks.bin, which is written into a mapping of its own:
// the code at its start, struct header at HEADER, the rings at RINGS.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

enum { THREADS = 1024, RING_COUNT = 256, EVENTS = 32768, SEEN = 512, GO_DEPTH = 16, C_WORDS = 128 };

#define INLINE static inline __attribute__((always_inline))
#define HOOK __attribute__((noinline, used))

#include "gostack.h"

struct header {
	u64 magic[2];
	u64 on;
	u64 malloc, calloc, realloc, free, memalign, aligned_alloc, posix_memalign, valloc, pvalloc;
	struct go_layout go;
	u64 rings; // in use
	u64 lost;
	u64 slots; // that are patched, in the table behind the threads
	u64 spare;
	u64 turn;  // counts up each time that gomedic attaches: stacks are to be told anew
	struct ring *at; // where the rings are, in the library that is preloaded
	struct { u64 tcb, ring; } threads[THREADS];
};

struct event { u64 a, b, c, d; };

// b's lowest byte.
enum { ALLOC = 1, FREE = 2, STACK = 3 };

struct ring {
	u64 head, until, pad1[6]; // until when it is not waited again
	u64 tail, pad2[7]; // written by gomedic
	u64 seen[SEEN];
	struct event events[EVENTS];
};

// What is this process's alone: a page that is empty in a child that was forked.
struct own {
	u64 awake; // until when gomedic is sure to empty the rings, by the time stamp counter
	u64 pad[511];
};

extern struct header header __attribute__((visibility("hidden")));
#ifdef PRELOAD
static struct { struct own own; struct ring rings[RING_COUNT]; } space __attribute__((aligned(4096)));
#define OWN space.own
#define RINGS space.rings
#else
extern struct own own __attribute__((visibility("hidden")));
extern struct ring rings[RING_COUNT] __attribute__((visibility("hidden")));
#define OWN own
#define RINGS rings
#endif

INLINE u64 now(void) { return __builtin_ia32_rdtsc(); }

static struct ring *own_ring(void)
{
	u64 tcb = fs(0), i = (tcb >> 6) * 0x9e3779b97f4a7c15ull >> 54;
	for (u64 n = 0; n < 16; n++, i = (i + 1) & (THREADS - 1)) {
		u64 is = __atomic_load_n(&header.threads[i].tcb, __ATOMIC_ACQUIRE);
		if (is == tcb) {
			u64 r = header.threads[i].ring;
			return r && r <= RING_COUNT ? &RINGS[r - 1] : 0;
		}
		if (is)
			continue;
		u64 none = 0;
		if (__atomic_compare_exchange_n(&header.threads[i].tcb, &none, tcb, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			u64 r = __atomic_add_fetch(&header.rings, 1, __ATOMIC_ACQ_REL);
			if (r > RING_COUNT)
				return 0;
			header.threads[i].ring = r;
			return &RINGS[r - 1];
		}
		if (none == tcb)
			return 0;
	}
	return 0;
}

INLINE void lose(void) { __atomic_add_fetch(&header.lost, 1, __ATOMIC_RELAXED); }

INLINE struct event *slot(struct ring *r, u64 *head) { return &r->events[(*head)++ & (EVENTS - 1)]; }

INLINE void publish(struct ring *r, u64 head)
{
	__atomic_store_n(&r->head, head, __ATOMIC_RELEASE);
}

INLINE int fits(struct ring *r, u64 n)
{
	return r->head - __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) + n <= EVENTS;
}

// await waits for room, for a tenth of a second at most, then not again for twenty
// times as long. It waits in a call, for which a program that has confined itself
// (seccomp) might be ended: so only while gomedic is there and says that it has not.
static __attribute__((noinline)) int await(struct ring *r, u64 n)
{
	u64 began = now();
	if (began < r->until)
		return 0;
	for (int i = 0; i < 600 && now() < __atomic_load_n(&OWN.awake, __ATOMIC_ACQUIRE); i++) {
		struct { s64 s, ns; } t = {0, 100000};
		u64 ret = 35; // nanosleep
		__asm__ volatile("syscall" : "+a"(ret) : "D"(&t), "S"(0) : "rcx", "r11", "memory");
		r->until = now() + 20 * (now() - began);
		if (!header.on)
			return 0;
		if (fits(r, n))
			return 1;
	}
	return 0;
}

INLINE int room(struct ring *r, u64 n) { return fits(r, n) || await(r, n); }

INLINE u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

// allocated notes what a function returned; cfa is what lay behind its return address.
static __attribute__((noinline)) void allocated(u64 addr, u64 size, u64 caller, u64 cfa)
{
	if (!addr || !header.on)
		return;
	struct ring *r = own_ring();
	if (!r || !room(r, 3 + GO_DEPTH / 4 + C_WORDS / 4)) {
		lose();
		return;
	}
	u64 go[GO_DEPTH], goid, h = mix(1, caller);
	u64 n = go_stack(&header.go, go, GO_DEPTH, &goid);
	for (u64 i = 0; i < n; i++)
		h = mix(h, go[i]);
	u64 head = r->head;
	u64 told = h ^ header.turn;
	if (r->seen[h & (SEEN - 1)] != told) {
		r->seen[h & (SEEN - 1)] = told;
		u64 words = C_WORDS, page = (cfa | 4095) + 1;
		if (cfa + 8 * words > page) // what is above may not be there
			words = (page - cfa) / 8;
		struct event *e = slot(r, &head);
		e->a = h;
		e->b = STACK | n << 8 | words << 16;
		e->c = caller;
		e->d = goid;
		for (u64 i = 0; i < n; i += 4) {
			u64 *w = (u64 *)slot(r, &head);
			for (u64 j = 0; j < 4; j++)
				w[j] = i + j < n ? go[i + j] : 0;
		}
		for (u64 i = 0; i < words + 1; i += 4) { // where the stack is, and what is there
			u64 *w = (u64 *)slot(r, &head);
			for (u64 j = 0; j < 4; j++)
				w[j] = i + j == 0 ? cfa : i + j <= words ? at(cfa + 8 * (i + j - 1)) : 0;
		}
	}
	struct event *e = slot(r, &head);
	e->a = addr;
	e->b = ALLOC | size << 8;
	e->c = h;
	e->d = now();
	publish(r, head);
}

INLINE void freed(u64 addr, u64 when)
{
	if (!addr || !header.on)
		return;
	struct ring *r = own_ring();
	if (!r || !room(r, 1)) {
		lose();
		return;
	}
	u64 head = r->head;
	struct event *e = slot(r, &head);
	e->a = addr;
	e->b = FREE;
	e->c = 0;
	e->d = when;
	publish(r, head);
}

// Where the call came from, and what lay behind its return address.
#define CALLER (u64)__builtin_return_address(0), (u64)__builtin_frame_address(0) + 16

#ifndef PRELOAD

HOOK u64 hook_malloc(u64 n)
{
	u64 p = ((u64(*)(u64))header.malloc)(n);
	allocated(p, n, CALLER);
	return p;
}

HOOK u64 hook_calloc(u64 a, u64 b)
{
	u64 p = ((u64(*)(u64, u64))header.calloc)(a, b);
	allocated(p, a * b, CALLER);
	return p;
}

HOOK u64 hook_realloc(u64 old, u64 n)
{
	u64 when = now();
	u64 p = ((u64(*)(u64, u64))header.realloc)(old, n);
	if (p || !n)
		freed(old, when);
	allocated(p, n, CALLER);
	return p;
}

HOOK void hook_free(u64 p)
{
	freed(p, now());
	((void (*)(u64))header.free)(p);
}

HOOK u64 hook_memalign(u64 a, u64 n)
{
	u64 p = ((u64(*)(u64, u64))header.memalign)(a, n);
	allocated(p, n, CALLER);
	return p;
}

HOOK u64 hook_aligned_alloc(u64 a, u64 n)
{
	u64 p = ((u64(*)(u64, u64))header.aligned_alloc)(a, n);
	allocated(p, n, CALLER);
	return p;
}

HOOK u32 hook_posix_memalign(u64 *to, u64 a, u64 n)
{
	u32 err = ((u32(*)(u64 *, u64, u64))header.posix_memalign)(to, a, n);
	if (!err)
		allocated(*to, n, CALLER);
	return err;
}

HOOK u64 hook_valloc(u64 n)
{
	u64 p = ((u64(*)(u64))header.valloc)(n);
	allocated(p, n, CALLER);
	return p;
}

HOOK u64 hook_pvalloc(u64 n)
{
	u64 p = ((u64(*)(u64))header.pvalloc)(n);
	allocated(p, n, CALLER);
	return p;
}

// Where the functions lie, from the start of the mapping; in the order of the fields of
// struct header, which gomedic relies on.
extern u8 start[] __attribute__((visibility("hidden")));
#define OFFSET(f) ".quad " #f " - start\n"
__asm__(".section .entries, \"a\"\n.globl start\n.hidden start\nstart:\n"
	OFFSET(hook_malloc) OFFSET(hook_calloc) OFFSET(hook_realloc) OFFSET(hook_free) OFFSET(hook_memalign)
	OFFSET(hook_aligned_alloc) OFFSET(hook_posix_memalign) OFFSET(hook_valloc) OFFSET(hook_pvalloc) ".previous\n");

#endif
