package text

// nativeTargets are the sentences of gomedic native about programs that are not like
// the others: musl's C library, other allocators, sandboxes.
var nativeTargets = Table{
	"finding.leak/c-heap-corrupt.title.header":  {"the C heap is damaged: what stands before the chunk at %[1]s (%[2]s) does not fit its place", "C 堆已损坏：%[1]s 处内存块之前的内容（%[2]s）与其位置不符"},
	"finding.leak/c-heap-corrupt.title.overrun": {"the C heap is damaged: a chunk was written beyond its end, at %[1]s (%[2]s)", "C 堆已损坏：有内存块被写过了末尾，在 %[1]s 处（%[2]s）"},

	"why.native.damage.header":  {"musl notes before each chunk where it lies in its group; the four bytes at %[1]s say %[2]s: somebody wrote beyond the end of the chunk before", "musl 在每块之前记下它在所属组中的位置；%[1]s 处的四个字节却是 %[2]s：有人写过了前一块的末尾"},
	"why.native.damage.overrun": {"musl keeps a zero byte behind each chunk; at %[1]s stands %[2]s", "musl 在每块之后留有一个零字节；%[1]s 处却是 %[2]s"},

	"limit.native-beside.why":   {"the program also holds %[1]s, for a part of what it allocates: that part was not walked", "程序中还带有 %[1]s，用于部分分配：这部分没有遍历"},
	"limit.native-beside.help":  {"what is allocated there is seen by that allocator's own heap profiler", "该部分可用那个分配器自带的堆分析器查看"},
	"limit.native-unknown.why":  {"%[1]s brings a malloc of its own, of which gomedic knows nothing: what it does not hand on to the C library was not walked", "%[1]s 自带 malloc，gomedic 对其一无所知：它没有转交给 C 库的部分没有遍历"},
	"limit.native-unknown.help": {"allocations through it are recorded nevertheless", "经由它的分配仍会记录"},

	"limit.native-own-malloc.why":  {"%[1]s brings a malloc of its own: the program was started without the library that records from the first allocation on", "%[1]s 自带 malloc：启动程序时没有载入从第一次分配起就开始记录的库"},
	"limit.native-own-malloc.help": {"it was recorded from then on when it ran, by hooks or by probes in the kernel", "已在程序运行后用钩子或内核探针开始记录"},

	"limit.native-confined.why":        {"the program is confined to some system calls (seccomp), and might be ended for another: none was made in it, so it stood itself while it was read", "该程序被限制只能使用部分系统调用（seccomp），多一个调用就可能被终止：没有在其中执行任何调用，因此读取期间程序本身停住"},
	"limit.native-confined.help":       {"each look stops it for up to 2 s; --snapshot takes one only", "每次查看最多停住 2 秒；--snapshot 只看一次"},
	"limit.native-confined-exact.why":  {"the program is confined to some system calls (seccomp): no hooks were set in it", "该程序被限制只能使用部分系统调用（seccomp）：没有在其中放置钩子"},
	"limit.native-confined-exact.help": {"probes in the kernel recorded instead: they make no call in the program", "已改用内核探针记录：它们不在程序中执行调用"},

	"limit.native-shadow-stack.why":  {"the program uses shadow stacks, and a probe would have to lie on a call in its malloc: nothing was recorded", "该程序使用影子栈，而探针只能放在其 malloc 中的一条 call 指令上：没有记录任何分配"},
	"limit.native-shadow-stack.help": {"what is lost was found by one look; GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK starts it without", "丢失的内存已由一次查看找到；用 GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK 启动则不使用影子栈"},

	"limit.native-static-exact.why":  {"the program is linked statically: it calls malloc through no table in which hooks could be set", "该程序是静态链接的：它不经过可以放置钩子的表调用 malloc"},
	"limit.native-static-exact.help": {"probes in the kernel recorded instead", "已改用内核探针记录"},

	"limit.native-busy.why":        {"gomedic %[1]d is recording in the program: its hooks were left alone", "gomedic %[1]d 正在该程序中记录：没有动它的钩子"},
	"limit.native-busy.help":       {"try again once it has ended", "等它结束后再试"},
	"limit.native-hooks-stay.why":  {"the hooks could not be taken out of the program: a thread did not come to a stop, or another debugger holds it", "未能从程序中取走钩子：有线程没有停住，或程序被另一个调试器占用"},
	"limit.native-hooks-stay.help": {"the program goes on through them, some nanoseconds a call; the next gomedic native %[1]d --exact takes them away", "程序经由钩子继续运行，每次调用多几纳秒；下一次 gomedic native %[1]d --exact 会取走它们"},

	"limit.native-stripped.why":  {"the program is linked statically and has no symbols: its malloc and free were found by the code of Go's runtime that calls them; memory with an alignment of its own is not seen", "该程序是静态链接的且没有符号：通过 Go 运行时中调用它们的代码找到了 malloc 和 free；按指定对齐分配的内存看不到"},
	"limit.native-stripped.help": {"keep the symbols (no -s) to see all of it, and the names of C functions", "保留符号（不要用 -s）即可看到全部分配以及 C 函数名"},

	"limit.native-unloaded.why":  {"unloaded while it was recorded: %[1]s; the names of its C functions are not known any more", "记录期间被卸载：%[1]s；其中 C 函数的名称已无从得知"},
	"limit.native-unloaded.help": {"what it allocated is told by the Go line that led to it", "它分配的内存仍按引起分配的 Go 代码行列出"},
}
