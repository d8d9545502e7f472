//go:build ignore

// What runs in the kernel while frames are watched: it notes when the program
// passes the places that were marked, when the UI's threads are scheduled, and,
// while a frame takes long, where they are. It writes to its own maps only.
//
// Compiled by generate.go; it needs no kernel headers: what it uses of the
// kernel's structures is found by name when it is loaded (BTF).

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef int s32;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))

// Helpers of the kernel, by number (include/uapi/linux/bpf.h).
static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*const ktime)(void) = (void *)5;
static u64 (*const pid_tgid)(void) = (void *)14;
static long (*const read_user)(void *dst, u32 size, const void *src) = (void *)112;
static void *(*const ring_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const ring_submit)(void *data, u64 flags) = (void *)132;
static void *(*const current_task)(void) = (void *)158;
static void *(*const task_regs)(void *task) = (void *)175;

// LOAD keeps the compiler from loading through a pointer of its own making, which
// the verifier would not take for the context.
#define LOAD(x) (*(volatile __typeof__(x) *)&(x))

enum { ANY = 0, NO_WAKEUP = 1 };

// struct pt_regs of x86-64 (arch/x86/include/asm/ptrace.h): a stable part of the
// ABI of BPF programs.
struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct bpf_perf_event_data {
	struct pt_regs regs;
	u64 sample_period, addr;
};

struct sched_info {
	u64 last_arrival, last_queued; // nanoseconds by the clock of the CPU's queue; 0: not queued
} __attribute__((preserve_access_index));

struct task_struct {
	s32 pid, tgid;
	struct sched_info sched_info;
} __attribute__((preserve_access_index));

// How the target is laid out; set before loading.
const volatile u64 text_lo = 0, text_hi = 0; // of the Go code
const volatile u32 g_goid = 0, g_m = 0, g_syscallpc = 0, g_syscallsp = 0, g_syscallbp = 0, m_curg = 0;
const volatile u32 m_vdsosp = 0, m_vdsopc = 0; // 0: not known
const volatile u32 has_queued = 0; // the kernel notes when a thread is made ready
const volatile u64 quiet = 0; // nanoseconds that a frame must have taken before it is looked into

u32 target = 0; // the process as the kernel counts, learnt from its first hit
u64 lost = 0;   // events for which there was no room

// What a marked place means.
enum {
	IDLE = 1,    // waits for something to do
	BUSY = 2,    // has something to do
	FRAME = 4,   // a frame has ended
	FOREIGN = 8, // only the UI goroutine may be here
	QUIET = 16,  // of no UI goroutine: the runtime's own
};

struct {
	u32 (*type)[1]; // BPF_MAP_TYPE_HASH
	u64 *key;       // address of the place
	u32 *value;
	u32 (*max_entries)[1024];
} sites SEC(".maps");

struct thread {
	u64 goid, g;
	u64 busy; // since when it has had something to do, 0: idle
	u64 out, woken; // when it left the CPU, and when it was made ready; 0: it is on it
	u64 state;      // in which it left; bit 32: another thread of the target ran in its stead
	u64 in;         // when it last came to a CPU
	u64 ahead;      // what this clock is ahead of the queue's
};

struct {
	u32 (*type)[9]; // BPF_MAP_TYPE_LRU_HASH
	u32 *key;       // thread
	struct thread *value;
	u32 (*max_entries)[2048];
} threads SEC(".maps");

// A thread that is in the map has its byte set here: a program that draws in
// software switches threads a hundred times a frame, and looking each of them up
// cost more than all else. Thread ids that share a byte are looked up in vain.
u8 known[4096] = {};
#define KNOWN(tid) known[(tid) & 4095]

struct {
	u32 (*type)[1];
	u64 *key; // goroutine of the UI
	u8 *value;
	u32 (*max_entries)[256];
} ui SEC(".maps");

struct {
	u32 (*type)[27]; // BPF_MAP_TYPE_RINGBUF
	u32 (*max_entries)[4194304];
} ring SEC(".maps");

enum kind { HIT = 1, CALL = 2, SAMPLE = 3, AWAY = 4 };

// An event without a stack. It is read by probes_linux.go.
struct event {
	u64 at; // CLOCK_MONOTONIC
	u64 ip; // the place. AWAY: when the thread left the CPU, to which it has come back
	u64 goid, g; // AWAY: when it was made ready, and struct thread's state
	u32 tid;
	u32 kind;
};

enum { DEPTH = 48 };

// An event with a stack: return addresses, found by the frame pointers.
struct stack {
	struct event event;
	u64 leaf; // where the thread is, if that is not Go code; else 0
	u64 sp;
	u64 top[2]; // the first words at sp
	u32 n, in_kernel;
	u64 pc[DEPTH];
};

INLINE u64 word(u64 addr)
{
	u64 w = 0;
	read_user(&w, sizeof(w), (void *)addr);
	return w;
}

INLINE void note(u32 kind, u64 at, u64 ip, u32 tid, u64 goid, u64 g)
{
	struct event *e = ring_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	e->at = at;
	e->ip = ip;
	e->goid = goid;
	e->g = g;
	e->tid = tid;
	e->kind = kind;
	ring_submit(e, NO_WAKEUP);
}

// walk notes the stack of a thread with these user registers.
INLINE void walk(u32 kind, u64 at, u64 place, u32 tid, u64 goid, u64 g, u64 ip, u64 sp, u64 bp, u32 in_kernel)
{
	struct stack *s = ring_reserve(&ring, sizeof(*s), 0);
	if (!s) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	s->event.at = at;
	s->event.ip = place;
	s->event.goid = goid;
	s->event.g = g;
	s->event.tid = tid;
	s->event.kind = kind;
	s->leaf = 0;
	s->in_kernel = in_kernel;
	if (ip < text_lo || ip >= text_hi) {
		u64 m = word(g + g_m), vdso = m_vdsosp ? word(m + m_vdsosp) : 0;
		if (vdso) {
			// In the kernel's own library, as time.Now is: the runtime notes the
			// call, and below the return address lies the caller's frame pointer
			// (runtime/time_linux_amd64.s).
			ip = word(m + m_vdsopc) - 1;
			sp = vdso;
			bp = word(vdso - 16);
		} else { // in C: the goroutine noted where it went there
			s->leaf = ip;
			ip = word(g + g_syscallpc);
			sp = word(g + g_syscallsp);
			bp = word(g + g_syscallbp);
		}
	}
	s->sp = sp;
	s->top[0] = word(sp);
	s->top[1] = word(sp + 8);
	s->pc[0] = ip;
	u32 n = 1;
	for (; n < DEPTH; n++) {
		u64 f[2];
		if (!bp || read_user(f, sizeof(f), (void *)bp) || !f[1])
			break;
		s->pc[n] = f[1];
		if (f[0] == bp)
			break;
		bp = f[0];
	}
	s->n = n;
	ring_submit(s, NO_WAKEUP);
}

INLINE int site(struct pt_regs *regs)
{
	u64 ip = regs->ip;
	u32 *flags = map_lookup(&sites, &ip);
	if (!flags)
		return 0;
	u64 at = ktime(), id = pid_tgid();
	u32 tid = (u32)id;
	if (!target)
		target = id >> 32;
	u64 g = regs->r14;
	if (*flags & QUIET) {
		note(HIT, at, ip, tid, 0, 0);
		return 0;
	}
	u64 goid = word(g + g_goid);
	if (*flags & FOREIGN) {
		if (!map_lookup(&ui, &goid))
			walk(CALL, at, ip, tid, goid, g, ip, regs->sp, regs->bp, 0);
		return 0;
	}
	struct thread *t = map_lookup(&threads, &tid);
	if (t) {
		KNOWN(tid) = 1;
		t->goid = goid;
		t->g = g;
		if (*flags & IDLE)
			t->busy = 0;
		else if (*flags & (BUSY | FRAME) || !t->busy)
			t->busy = at;
	} else if (*flags & (IDLE | BUSY | FRAME)) {
		struct thread new = {goid, g, *flags & IDLE ? 0 : at, 0, 0, 0, 0, 0};
		map_update(&threads, &tid, &new, ANY);
		KNOWN(tid) = 1;
	}
	note(HIT, at, ip, tid, goid, g);
	return 0;
}

SEC("uprobe.multi/site")
int on_sites(struct pt_regs *regs) { return site(regs); }

SEC("uprobe/site")
int on_site(struct pt_regs *regs) { return site(regs); }

// on_clock looks where a UI thread is, a thousand times a second while it runs.
SEC("perf_event")
int on_clock(struct bpf_perf_event_data *ctx)
{
	u64 id = pid_tgid();
	u32 tid = (u32)id;
	struct thread *t = map_lookup(&threads, &tid);
	u64 at = ktime();
	if (!t || !t->busy || at - t->busy < quiet || at < t->busy)
		return 0;
	u64 ip = LOAD(ctx->regs.ip), sp = LOAD(ctx->regs.sp), bp = LOAD(ctx->regs.bp), r14 = LOAD(ctx->regs.r14);
	u32 in_kernel = 0;
	if (!(LOAD(ctx->regs.cs) & 3)) {
		struct pt_regs *user = task_regs(current_task());
		ip = user->ip;
		sp = user->sp;
		bp = user->bp;
		r14 = user->r14;
		in_kernel = 1;
	}
	if (ip >= text_lo && ip < text_hi) {
		// Go code: R14 is g, or the thread's g0, whose m says whom it works for.
		u64 cur = word(word(r14 + g_m) + m_curg);
		if (cur != t->g)
			return 0;
	}
	walk(SAMPLE, at, 0, tid, t->goid, t->g, ip, sp, bp, in_kernel);
	return 0;
}

// A thread's time away from the CPU is told by one event when it comes back: three
// took most of what a watch cost. When it was made ready the kernel has noted
// already, if it was built so (CONFIG_SCHED_INFO, as most are), by a clock that
// runs apart from ours: how far, a thread's last arrival tells, which both saw.
SEC("tp_btf/sched_switch")
int on_switch(u64 *ctx)
{
	struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];
	u32 tid;
	if (!target)
		return 0;
	int from = prev->tgid == target, to = next->tgid == target;
	if (from) {
		tid = prev->pid;
		struct thread *t = KNOWN(tid) ? map_lookup(&threads, &tid) : 0;
		if (t) {
			t->state = (u32)ctx[3] | (u64)to << 32;
			t->woken = 0;
			t->out = ktime();
			if (has_queued && t->in)
				t->ahead = t->in - prev->sched_info.last_arrival;
		}
	}
	if (to) {
		tid = next->pid;
		struct thread *t = KNOWN(tid) ? map_lookup(&threads, &tid) : 0;
		if (t) {
			u64 at = ktime();
			if (has_queued && t->ahead && (u32)t->state) {
				u64 queued = next->sched_info.last_queued + t->ahead;
				t->woken = queued < t->out ? t->out : queued > at ? at : queued;
			}
			note(AWAY, at, t->out, tid, t->woken, t->state);
			t->out = 0;
			t->in = at;
		}
	}
	return 0;
}

// on_wakeup is for kernels that do not note it themselves.
SEC("tp_btf/sched_wakeup")
int on_wakeup(u64 *ctx)
{
	struct task_struct *p = (void *)ctx[0];
	if (!target || p->tgid != target)
		return 0;
	u32 tid = p->pid;
	struct thread *t = KNOWN(tid) ? map_lookup(&threads, &tid) : 0;
	if (t && t->out && !t->woken) // else it has not slept yet
		t->woken = ktime();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
