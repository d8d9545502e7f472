//go:build ignore

// What runs in the kernel while calls into the graphics driver, or functions that make
// and destroy what handles stand for, are watched: of each
// call it tells when it began and ended, for how long the thread was on a CPU
// meanwhile, the objects that it made or destroyed, and the stack that led to it.
//
// Compiled by generate.go.

#include "../../uprobe/bpf.h"

// A cookie is a function's number in the lowest byte, and from bit 8 on how it deals
// with objects, from bit 12 on in which argument they are (0: rdi … 5: r9).
enum how {
	TIMED = 0,    // deals with none
	RETURNED = 1, // returns one
	STORED = 2,   // stores one where an argument points, unless it fails (a VkResult)
	LISTED = 3,   // stores rdi names of 32 bits where an argument points
	SHOWS = 4,    // an argument is one, of which the call's time tells something
	POINTS = 5,   // an argument points to such a one
	DESTROYS = 6, // an argument is one
	UNLISTS = 7,  // an argument points to rdi names of 32 bits
	NAMED = 8,    // an argument is a name of 32 bits
	POINTED = 9,  // an argument points to one, which is destroyed
};

enum { FUNCS = 128, NAMES = 16 };

struct call {
	u64 start, cpu, stack, goid;
	u64 args[6];
};

struct call_key {
	u32 tid, func;
};

struct {
	u32 (*type)[1];
	struct call_key *key;
	struct call *value;
	u32 (*max_entries)[4096];
	u32 (*map_flags)[1]; // not allocated in advance
} calls SEC(".maps");

// The timed call that a thread is in: what the driver calls within it is no call of
// the program's. sp is its stack pointer; within it, others are below.
struct outer {
	u64 func, sp;
};

struct {
	u32 (*type)[1];
	u32 *key; // thread
	struct outer *value;
	u32 (*max_entries)[4096];
	u32 (*map_flags)[1];
} outers SEC(".maps");

struct stack {
	u64 n;            // of go
	u64 go[GO_DEPTH]; // return addresses, innermost first
	u64 caller;       // in C
};

struct {
	u32 (*type)[1];
	u64 *key;
	struct stack *value;
	u32 (*max_entries)[4096];
	u32 (*map_flags)[1];
} stacks SEC(".maps");

struct {
	u32 (*type)[6]; // BPF_MAP_TYPE_PERCPU_ARRAY
	u32 *key;
	struct stack *value;
	u32 (*max_entries)[1];
} scratch SEC(".maps");

struct event {
	u64 start, end; // CLOCK_MONOTONIC
	u64 cpu;        // of the thread meanwhile
	u64 stack, goid;
	u64 arg0, arg1, arg2, result;
	u32 tid;
	u16 func;
	u16 n; // of names
	u64 names[NAMES];
};

struct {
	u32 (*type)[6];
	u32 *key;
	struct event *value;
	u32 (*max_entries)[1];
} room SEC(".maps");

struct {
	u32 (*type)[27]; // BPF_MAP_TYPE_RINGBUF
	u32 (*max_entries)[1 << 22];
} ring SEC(".maps");

u64 over = 0;      // the watch has ended
u64 counts[FUNCS]; // calls so far
u64 lost = 0;      // events for which there was no room

// The type reaches user space only if something of it does.
const struct event *unused_event __attribute__((unused));

INLINE u64 on_cpu(void) { return ((struct task_struct *)current_task())->se.sum_exec_runtime; }

INLINE void tell(struct event *e)
{
	u64 size = sizeof(*e) - (NAMES - (e->n & 31)) * 8;
	if (e->n > NAMES || size > sizeof(*e))
		return;
	if (ring_output(&ring, e, size, 0))
		__sync_fetch_and_add(&lost, 1);
}

// names32 tells an event for every NAMES of the names at addr; at most 8 events.
INLINE void names32(struct event *e, u64 addr, u64 all)
{
	for (u32 i = 0; i < 8 && all; i++) {
		u32 n = all < NAMES ? all : NAMES;
		u32 got[NAMES];
		for (u32 k = 0; k < NAMES; k++)
			got[k] = 0;
		if (read_user(got, n * 4, (void *)addr))
			return;
		for (u32 k = 0; k < NAMES; k++)
			e->names[k] = got[k];
		e->n = n;
		tell(e);
		all -= n;
		addr += n * 4;
	}
}

// argument is one of a call's: not by an index, which the kernel cannot follow.
INLINE u64 argument(struct call *c, u32 at)
{
	return at == 0 ? c->args[0] : at == 1 ? c->args[1] : at == 2 ? c->args[2] : at == 3 ? c->args[3] : at == 4 ? c->args[4] : c->args[5];
}

INLINE int enter(struct pt_regs *regs)
{
	u64 what = cookie(regs);
	u32 func = what & (FUNCS - 1), how = what >> 8 & 15;
	if (over)
		return 0;
	__sync_fetch_and_add(&counts[func], 1);
	u32 zero = 0, tid = pid_tgid();
	if (how == TIMED || how == SHOWS || how == POINTS) {
		struct outer in = {func, regs->sp}, *o = map_lookup(&outers, &tid);
		if (o && in.sp < o->sp) {
			struct call_key key = {tid, o->func};
			if (map_lookup(&calls, &key))
				return 0;
		}
		map_update(&outers, &tid, &in, ANY);
	}
	struct stack *s = map_lookup(&scratch, &zero);
	if (!s)
		return 0;
	struct call c = {};
	u64 h = 1;
	s->n = go_stack(s->go, &c.goid, &h);
	s->caller = word(regs->sp);
	if (!s->n)
		h = mix(h, s->caller);
	if (!map_lookup(&stacks, &h))
		map_update(&stacks, &h, s, NOEXIST);
	c.stack = h;
	c.args[0] = regs->di;
	c.args[1] = regs->si;
	c.args[2] = regs->dx;
	c.args[3] = regs->cx;
	c.args[4] = regs->r8;
	c.args[5] = regs->r9;
	if (how >= DESTROYS) {
		struct event *e = map_lookup(&room, &zero);
		if (!e)
			return 0;
		e->start = e->end = ktime();
		e->cpu = 0;
		e->stack = h;
		e->goid = c.goid;
		e->arg0 = c.args[0];
		e->arg1 = c.args[1];
		e->arg2 = c.args[2];
		e->result = 0;
		e->tid = tid;
		e->func = func;
		u64 v = argument(&c, what >> 12 & 7);
		if (how == UNLISTS) {
			names32(e, v, (u32)c.args[0] & 0x7fffffff);
			return 0;
		}
		e->names[0] = how == NAMED ? (u32)v : how == POINTED ? word(v) : v;
		e->n = 1;
		tell(e);
		return 0;
	}
	c.cpu = on_cpu();
	struct call_key key = {tid, func};
	c.start = ktime();
	map_update(&calls, &key, &c, ANY);
	return 0;
}

INLINE int leave(struct pt_regs *regs)
{
	u64 end = ktime(), what = cookie(regs);
	u32 func = what & (FUNCS - 1), how = what >> 8 & 15, zero = 0;
	struct call_key key = {(u32)pid_tgid(), func};
	struct call *c = map_lookup(&calls, &key);
	struct event *e = map_lookup(&room, &zero);
	if (!c || !e)
		return 0;
	u64 result = regs->ax;
	u64 arg = argument(c, what >> 12 & 7);
	u64 all = (u32)c->args[0] & 0x7fffffff;
	// How much device memory: VkMemoryAllocateInfo has it behind its head.
	u64 size = how == STORED ? word(c->args[1] + 16) : c->args[2];
	e->start = c->start;
	e->end = end;
	e->cpu = on_cpu() - c->cpu;
	e->stack = c->stack;
	e->goid = c->goid;
	e->arg0 = c->args[0];
	e->arg1 = c->args[1];
	e->arg2 = size;
	e->result = result;
	e->tid = key.tid;
	e->func = func;
	e->n = 0;
	map_delete(&calls, &key);
	if (how == LISTED) {
		names32(e, arg, all);
		return 0;
	}
	if (how == RETURNED) {
		e->names[0] = result;
		e->n = result != 0;
	}
	if (how == SHOWS || how == POINTS) {
		e->names[0] = how == SHOWS ? arg : word(arg);
		e->n = e->names[0] != 0;
	}
	if (how == STORED && (s32)result >= 0) {
		e->names[0] = word(arg);
		e->n = e->names[0] != 0;
	}
	tell(e);
	return 0;
}

SEC("uprobe.multi/enter")
int on_enters(struct pt_regs *regs) { return enter(regs); }

SEC("uprobe.multi/leave")
int on_leaves(struct pt_regs *regs) { return leave(regs); }

SEC("uprobe/enter")
int on_enter(struct pt_regs *regs) { return enter(regs); }

SEC("uprobe/leave")
int on_leave(struct pt_regs *regs) { return leave(regs); }

char LICENSE[] SEC("license") = "GPL";
