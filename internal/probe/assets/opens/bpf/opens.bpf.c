//go:build ignore

// What runs in the kernel while a process's opens are listened to: at the end of each
// open that failed it notes the path and who asked. It writes to its own map only.
//
// Compiled by generate.go; it needs no kernel headers.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))

// Helpers of the kernel, by number (include/uapi/linux/bpf.h).
static long (*const get_stack)(void *ctx, void *buf, u32 size, u64 flags) = (void *)67;
static long (*const read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
static long (*const read_user_str)(void *dst, u32 size, const void *src) = (void *)114;
static long (*const ns_pid_tgid)(u64 dev, u64 ino, void *out, u32 size) = (void *)120;
static void *(*const ring_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const ring_submit)(void *data, u64 flags) = (void *)132;
static void (*const ring_discard)(void *data, u64 flags) = (void *)133;

enum { USER_STACK = 256, DEPTH = 32 };

// struct pt_regs of x86-64 (arch/x86/include/asm/ptrace.h).
struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct raw_tracepoint_args {
	u64 args[2]; // the registers, the result
};

struct pidns_info {
	u32 pid, tgid;
};

const volatile u32 target = 0;     // the process, as its name space counts
const volatile u64 ns_dev = 0, ns_ino = 0; // that name space

struct event {
	s64 ret;
	u32 depth, length;
	u64 stack[DEPTH];
	char path[256];
};

struct {
	int (*type)[27]; // BPF_MAP_TYPE_RINGBUF
	int (*max_entries)[1 << 20];
} ring SEC(".maps");

u64 lost = 0; // events for which there was no room

SEC("raw_tp/sys_exit")
int on_exit(struct raw_tracepoint_args *ctx)
{
	s64 ret = (s64)ctx->args[1];
	if (ret != -2 && ret != -13 && ret != -20) // ENOENT, EACCES, ENOTDIR
		return 0;
	struct pidns_info who = {};
	if (ns_pid_tgid(ns_dev, ns_ino, &who, sizeof who) || who.tgid != target)
		return 0;
	const struct pt_regs *regs = (void *)ctx->args[0];
	u64 number = 0, name = 0;
	if (read_kernel(&number, sizeof number, &regs->orig_ax))
		return 0;
	switch (number) {
	case 2: // open
		read_kernel(&name, sizeof name, &regs->di);
		break;
	case 257: // openat
	case 437: // openat2
		read_kernel(&name, sizeof name, &regs->si);
		break;
	default:
		return 0;
	}
	struct event *e = ring_reserve(&ring, sizeof *e, 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e->ret = ret;
	long n = read_user_str(e->path, sizeof e->path, (void *)name);
	if (n <= 0) {
		ring_discard(e, 0);
		return 0;
	}
	e->length = n;
	n = get_stack(ctx, e->stack, sizeof e->stack, USER_STACK);
	e->depth = n > 0 ? (u32)n / 8 : 0;
	ring_submit(e, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
