//go:build ignore

// What runs in the kernel while C allocations are recorded: each allocation that a
// program makes is noted with the stack that led to it, and forgotten when it is
// freed. What is left in the map at the end was not freed.
//
// Compiled by generate.go.

#include "../../uprobe/bpf.h"

const volatile u32 headers = 1; // the size of a block stands before it (glibc); set before loading

// A cookie says what passing a place means: kind in the lowest byte, then, for a
// place that means it only on one way of a conditional jump, the jump's condition
// and 16 in the second, and from bit 16 on how far the place of the return address
// lies above the stack pointer; all bits of it set: not known. Where something will be
// allocated, the second byte says which argument is how large it will be: 0 to 2, or 3
// for the product of the first two. Bit 7 of the kind: it is the end of a function that
// may have called malloc for what it returns.
enum { ALLOC = 1, FREE = 2, CLEARED = 3, WILL = 4, FREE_WILL = 5, OUTER = 0x80 };

enum { C_BYTES = 4096 };

// An allocation that was not freed so far.
struct alloc {
	u64 stack; // key in stacks
	u64 size;  // bytes that may be used
	u64 at;    // CLOCK_MONOTONIC
	u64 goid;  // 0: of a thread that Go does not know
	u64 tid;
};

struct {
	u32 (*type)[1];
	u64 *key; // address
	struct alloc *value;
	u32 (*max_entries)[1 << 20];
	u32 (*map_flags)[1]; // not allocated in advance
} allocs SEC(".maps");

// What one stack did.
struct sum {
	u64 n, bytes;             // allocated
	u64 freed, freed_bytes;   // of those
};

struct stack {
	struct sum sum;
	u64 n;            // of go
	u64 go[GO_DEPTH]; // return addresses, innermost first
	u64 caller;       // where the allocating function returns to; 0: not known
	u64 ip, sp, bp, bx, r12, r13, r14, r15; // at the site, within that function
	u64 c_bytes;      // of c
	u8 c[C_BYTES];    // the C stack from sp on
};

struct {
	u32 (*type)[1];
	u64 *key; // of what the stack consists of
	struct stack *value;
	u32 (*max_entries)[8192];
	u32 (*map_flags)[1];
} stacks SEC(".maps");

struct {
	u32 (*type)[6]; // BPF_MAP_TYPE_PERCPU_ARRAY
	u32 *key;
	struct stack *value;
	u32 (*max_entries)[1];
} scratch SEC(".maps");

// What a thread is allocating.
struct will {
	u64 size;
	u64 inner; // what was allocated on the way so far; 0: nothing
};

struct {
	u32 (*type)[1];
	u64 *key; // pid_tgid
	struct will *value;
	u32 (*max_entries)[1 << 14];
	u32 (*map_flags)[1];
} asked SEC(".maps");

u64 allocated = 0, freed = 0; // events
u64 lost = 0;                 // allocations for which there was no room

// taken says whether a jump on condition cc (0 to 15, as in its opcode) is taken.
INLINE int taken(u32 cc, u64 flags)
{
	int cf = flags & 1, pf = flags >> 2 & 1, zf = flags >> 6 & 1, sf = flags >> 7 & 1, of = flags >> 11 & 1;
	int is;
	switch (cc >> 1) {
	case 0: is = of; break;
	case 1: is = cf; break;
	case 2: is = zf; break;
	case 3: is = cf | zf; break;
	case 4: is = sf; break;
	case 5: is = pf; break;
	case 6: is = sf != of; break;
	default: is = zf | (sf != of);
	}
	return is ^ (cc & 1);
}

INLINE void forget(u64 addr)
{
	struct alloc *a = map_lookup(&allocs, &addr);
	if (!a)
		return;
	struct stack *s = map_lookup(&stacks, &a->stack);
	if (s) {
		__sync_fetch_and_add(&s->sum.freed, 1);
		__sync_fetch_and_add(&s->sum.freed_bytes, a->size);
	}
	map_delete(&allocs, &addr);
}

// undo: it was a part of another allocation.
INLINE void undo(u64 addr)
{
	struct alloc *a = map_lookup(&allocs, &addr);
	if (!a)
		return;
	struct stack *s = map_lookup(&stacks, &a->stack);
	if (s) {
		__sync_fetch_and_add(&s->sum.n, -1);
		__sync_fetch_and_add(&s->sum.bytes, -a->size);
	}
	map_delete(&allocs, &addr);
	__sync_fetch_and_add(&allocated, -1);
}

INLINE void allocation(struct pt_regs *regs, u64 how, u64 addr)
{
	u64 size = 0;
	if (headers) {
		size = word(addr - 8);
		size = (size & ~7ull) - (size & 2 ? 16 : 8);
	} else {
		u64 id = pid_tgid();
		struct will *will = map_lookup(&asked, &id);
		if (will) {
			size = will->size;
			if (how & OUTER && will->inner) // calloc has called malloc
				undo(will->inner);
			else if (will->inner == addr) // another place of the same call
				return;
			will->inner = addr;
		}
	}
	u32 zero = 0;
	struct stack *s = map_lookup(&scratch, &zero);
	if (!s)
		return;
	u64 goid, h = 1;
	s->n = go_stack(s->go, &goid, &h);
	u64 up = how >> 16;
	s->caller = 0;
	if (up != 0xffff) {
		s->caller = word(regs->sp + up);
		h = mix(h, s->caller);
	}
	struct alloc a = {h, size, ktime(), goid, (u32)pid_tgid()};
	// The same address again, and not freed: two places of one allocation.
	struct alloc *was = map_lookup(&allocs, &addr);
	if (was && was->tid == a.tid && was->stack == a.stack && a.at - was->at < 1000000)
		return;
	__sync_fetch_and_add(&allocated, 1);
	if (was)
		forget(addr);
	struct stack *known = map_lookup(&stacks, &h);
	if (!known) {
		s->sum.n = s->sum.bytes = s->sum.freed = s->sum.freed_bytes = 0;
		s->ip = regs->ip;
		s->sp = regs->sp;
		s->bp = regs->bp;
		s->bx = regs->bx;
		s->r12 = regs->r12;
		s->r13 = regs->r13;
		s->r14 = regs->r14;
		s->r15 = regs->r15;
		s->c_bytes = !read_user(s->c, C_BYTES, (void *)s->sp) ? C_BYTES : 0;
		if (!s->c_bytes && !read_user(s->c, C_BYTES / 8, (void *)s->sp))
			s->c_bytes = C_BYTES / 8;
		map_update(&stacks, &h, s, NOEXIST);
		known = map_lookup(&stacks, &h);
	}
	if (map_update(&allocs, &addr, &a, ANY) || !known) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	__sync_fetch_and_add(&known->sum.n, 1);
	__sync_fetch_and_add(&known->sum.bytes, size);
}

INLINE int site(struct pt_regs *regs)
{
	u64 how = cookie(regs);
	u32 kind = how & 0x7f;
	if (kind == WILL || kind == FREE_WILL) {
		u64 a = LOAD(regs->di), b = LOAD(regs->si), c = LOAD(regs->dx), id = pid_tgid();
		u32 which = how >> 8 & 0xff;
		struct will will = {which == 0 ? a : which == 1 ? b : which == 2 ? c : a * b, 0};
		map_update(&asked, &id, &will, ANY);
		if (kind == WILL)
			return 0;
		__sync_fetch_and_add(&freed, 1);
		if (a)
			forget(a);
		return 0;
	}
	u32 cond = how >> 8 & 0xff;
	if (cond & 16 && !taken(cond & 15, regs->flags))
		return 0;
	if (kind == FREE) {
		__sync_fetch_and_add(&freed, 1);
		if (regs->di)
			forget(regs->di);
		return 0;
	}
	u64 di = LOAD(regs->di), addr = LOAD(regs->ax);
	if (kind == CLEARED)
		addr = di;
	if (!addr)
		return 0;
	allocation(regs, how, addr);
	return 0;
}

SEC("uprobe.multi/site")
int on_sites(struct pt_regs *regs) { return site(regs); }

SEC("uprobe/site")
int on_site(struct pt_regs *regs) { return site(regs); }

char LICENSE[] SEC("license") = "GPL";
