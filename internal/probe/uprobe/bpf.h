// What BPF programs of several probes need: words, helpers of the kernel by number
// (include/uapi/linux/bpf.h), what they use of its structures, and the stack of the
// goroutine that has called into C. Included by their .bpf.c files; it needs no kernel
// headers: fields are found by name when a program is loaded (BTF).

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef int s32;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))

static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const map_delete)(void *map, const void *key) = (void *)3;
static u64 (*const ktime)(void) = (void *)5;
static u64 (*const pid_tgid)(void) = (void *)14;
static long (*const read_user)(void *dst, u32 size, const void *src) = (void *)112;
static long (*const ring_output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;
static void *(*const current_task)(void) = (void *)158;
static u64 (*const cookie)(void *ctx) = (void *)174;

// LOAD keeps the compiler from loading through a pointer of its own making, which
// the verifier would not take for the context.
#define LOAD(x) (*(volatile __typeof__(x) *)&(x))

enum { ANY = 0, NOEXIST = 1 };

struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct thread_struct {
	u64 fsbase;
} __attribute__((preserve_access_index));

struct sched_entity {
	u64 sum_exec_runtime;
} __attribute__((preserve_access_index));

struct task_struct {
	struct sched_entity se;
	struct thread_struct thread;
} __attribute__((preserve_access_index));

// How the target is laid out; set before loading. 0: not known.
const volatile s64 tls_g = 0; // where the thread's g lies, from fs
const volatile u64 text_lo = 0, text_hi = 0; // Go's code
const volatile u32 g_m = 0, m_curg = 0, g_goid = 0, g_syscallpc = 0, g_syscallbp = 0;

enum { GO_DEPTH = 24 };

INLINE u64 word(u64 addr)
{
	u64 w = 0;
	read_user(&w, sizeof(w), (void *)addr);
	return w;
}

INLINE u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

// go_stack writes the return addresses of the goroutine that has called C on this
// thread, innermost first; it returns how many there are, and mixes them into h. goid
// is 0 where Go does not know the thread.
INLINE u32 go_stack(u64 *pcs, u64 *goid, u64 *h)
{
	*goid = 0;
	if (!tls_g)
		return 0;
	u64 g = word(((struct task_struct *)current_task())->thread.fsbase + tls_g);
	u64 m = g ? word(g + g_m) : 0;
	g = m ? word(m + m_curg) : 0;
	if (!g)
		return 0;
	*goid = word(g + g_goid);
	u64 pc = word(g + g_syscallpc), bp = word(g + g_syscallbp);
	u32 n = 0;
	for (; n < GO_DEPTH && pc >= text_lo && pc < text_hi; n++) { // beyond it is C that called Go
		u64 f[2];
		pcs[n] = pc;
		*h = mix(*h, pc);
		if (!bp || read_user(f, sizeof(f), (void *)bp))
			pc = 0;
		else {
			pc = f[1];
			bp = f[0] == bp ? 0 : f[0];
		}
	}
	return n;
}
