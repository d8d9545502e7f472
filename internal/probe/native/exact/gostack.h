// The stack of the goroutine that has called into C, for code that runs in the program
// itself; uprobe/bpf.h has the same for code in the kernel. Whoever includes it has u64,
// s64 and INLINE.

// Where the runtime keeps what is needed, as gort.CgoLayout has it.
struct go_layout {
	s64 tls_g; // where a thread's g lies, from fs; 0: not known
	u64 g_m, m_curg, g_goid, g_syscallpc, g_syscallbp;
};

INLINE u64 fs(s64 at)
{
	u64 v;
	__asm__("movq %%fs:(%1), %0" : "=r"(v) : "r"(at));
	return v;
}

INLINE u64 at(u64 addr) { return *(volatile u64 *)addr; }

// go_stack writes return addresses, innermost first, and returns how many there are, at
// most as many as there is room for. goid is 0 where Go does not know the thread.
INLINE u64 go_stack(const struct go_layout *l, u64 *pcs, u64 room, u64 *goid)
{
	u64 n = 0;
	*goid = 0;
	if (!l->tls_g)
		return 0;
	u64 g = fs(l->tls_g), m = g ? at(g + l->g_m) : 0;
	if (!m || !(g = at(m + l->m_curg)))
		return 0;
	u64 lo = at(g), hi = at(g + 8), pc = at(g + l->g_syscallpc), bp = at(g + l->g_syscallbp);
	*goid = at(g + l->g_goid);
	while (pc && n < room) {
		pcs[n++] = pc;
		if (bp < lo || bp + 16 > hi || bp & 7)
			break;
		pc = at(bp + 8);
		u64 next = at(bp);
		bp = next > bp ? next : 0;
	}
	return n;
}
