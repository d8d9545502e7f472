package text

// native are the sentences of gomedic native around its findings: help, what is going
// on, errors, limits, the table of places that allocate.
var native = Table{
	"cli.native.short": {"name the lines that allocate C memory and never free it", "指出分配了 C 内存却从不释放的代码行"},
	"cli.native.long": {
		`Name the lines that allocate C memory and never free it: the Go line that called
C, and the C functions below it. pprof sees none of that memory.

TARGET is a pid, a process name, title:WINDOW, a core file, a heap file or a
saved bundle. A running program needs no preparation:
  1. A look at its C heap in a frozen copy: what malloc has handed out, and
     which of it nothing points to any more, neither C nor what Go still uses.
  2. For --for, each allocation and each free is recorded by probes in the kernel,
     with the stack, the Go part included. Where that would take more than a
     fortieth of a thread's time it is done in three windows, and the figures
     are scaled. Probes take root, or CAP_BPF and CAP_PERFMON. With --exact
     nothing is scaled; calls that the program has put functions of its own
     behind, or another malloc, are left as they are.
  3. Another look: what was allocated meanwhile, not freed, and is lost for certain.

A damaged C heap, and memory that malloc keeps though it is free, are told as well.
glibc's malloc and musl's (since 1.2.1) are walked; others are named, and recorded.
With -- APP the program is started and recorded from its first allocation on;
one with a malloc of its own is started as it is, and recorded once it runs.

Exit code: 0 healthy, 1 findings, 2 the command could not do its work.`,
		`指出分配了 C 内存却从不释放的代码行：调用 C 的 Go 代码行，以及其下的 C 函数。
pprof 看不到这些内存。

TARGET 是进程号、进程名、title:窗口标题、core 文件、堆文件或保存的诊断包。
运行中的程序无需任何准备：
  1. 在冻结的副本里查看 C 堆：malloc 分配出去了什么，其中哪些已经没有
     任何指针指向——C 没有，Go 仍在使用的对象也没有。
  2. 在 --for 的时间内，用内核探针记录每次分配和释放及其调用栈，包括 Go 部分。
     如果这会占用一个线程四十分之一以上的时间，就分三段记录并换算。
     探针需要 root，或 CAP_BPF 和 CAP_PERFMON。使用 --exact 时不做换算；
     程序自己替换过的调用以及其他 malloc 保持原样。
  3. 再看一次：期间分配、没有释放、并且确定已经丢失的是哪些。

C 堆损坏，以及 malloc 留着不还的空闲内存，也会指出。
会遍历 glibc 和 musl（1.2.1 起）的 malloc；其他分配器会被认出并记录。
使用 -- APP 时，启动程序并从第一次分配起记录；自带 malloc 的程序照原样启动，
运行之后再记录。

退出码：0 健康，1 有问题，2 命令未能完成。`,
	},
	"cli.native.example": {
		`  gomedic native myapp
  gomedic native 4711 --for 30s --save c.gomedic
  gomedic native 4711 --snapshot
  gomedic native 4711 --diff
  gomedic native 4711 --exact
  gomedic native -- ./myapp
  gomedic native --gpu -- ./myapp
  gomedic native core.4711 --exe ./myapp`,
		`  gomedic native myapp
  gomedic native 4711 --for 30s --save c.gomedic
  gomedic native 4711 --snapshot
  gomedic native 4711 --diff
  gomedic native 4711 --exact
  gomedic native -- ./myapp
  gomedic native --gpu -- ./myapp
  gomedic native core.4711 --exe ./myapp`,
	},
	"cli.native.flag.for":      {"record for `DURATION`", "记录 `时长`"},
	"cli.native.flag.snapshot": {"set no probes: one look at the C heap", "不放置探针：只看一次 C 堆"},
	"cli.native.flag.diff":     {"show which sizes of chunks became more between the first look and the last", "显示第一次与最后一次查看之间哪些大小的内存块变多了"},
	"cli.native.flag.exact":    {"record every allocation, by hooks in the program's memory that are taken away again", "记录每一次分配：在程序内存中放置钩子，结束后取走"},
	"cli.native.flag.force":    {"make a frozen copy also where memory is short", "内存不足时也制作冻结副本"},
	"cli.native.flag.pairs":    {"`file` with more functions that make and destroy handles, as in “door_open -> door_close” (docs/pairs.md)", "含有更多创建和销毁句柄的函数的 `文件`，如 “door_open -> door_close”（docs/pairs.md）"},
	"cli.native.look":          {"looking at the C heap", "正在查看 C 堆"},
	"cli.native.record":        {"recording C allocations", "正在记录 C 的分配"},

	"error.native-for":           {"--for %[1]s is out of range", "--for %[1]s 超出范围"},
	"hint.native-for":            {"between %[1]s and %[2]s", "应在 %[1]s 到 %[2]s 之间"},
	"error.native-dump":          {"%[1]s is a goroutine dump: it holds nothing of C's memory", "%[1]s 是 goroutine 转储：其中没有 C 内存的信息"},
	"hint.native-dump":           {"give a pid, a core file or a heap file", "请给出进程号、core 文件或堆文件"},
	"error.native-bundle":        {"%[1]s holds nothing of C's memory", "%[1]s 中没有 C 内存的信息"},
	"hint.native-bundle":         {"make one with gomedic native PID --save FILE.gomedic", "用 gomedic native PID --save FILE.gomedic 制作"},
	"error.native-options":       {"%[1]s is for a running program", "%[1]s 只用于运行中的程序"},
	"hint.native-options":        {"leave it out: a file shows one moment", "去掉它：文件只显示一个时刻"},
	"error.native-both":          {"--snapshot takes one look, --diff compares two", "--snapshot 只看一次，--diff 比较两次"},
	"hint.native-both":           {"leave out one of them", "请去掉其中一个"},
	"error.native-pairs":         {"%[1]s cannot be read: %[2]s", "无法读取 %[1]s：%[2]s"},
	"error.native-pairs-line":    {"%[1]s, line %[2]d: %[3]s", "%[1]s 第 %[2]d 行：%[3]s"},
	"hint.native-pairs":          {"a line is as in “door_open -> door_close”, “face_new(&4) -> face_done”, “make -> free(*1)”: docs/pairs.md", "每行形如 “door_open -> door_close”、“face_new(&4) -> face_done”、“make -> free(*1)”：见 docs/pairs.md"},
	"error.native-pairs-several": {"--pairs is for recording C memory of a running program", "--pairs 用于记录运行中程序的 C 内存"},
	"hint.native-pairs-several":  {"leave out --snapshot or --gpu", "请去掉 --snapshot 或 --gpu"},
	"error.native-no-c":          {"the program uses no C: all of its memory is Go's", "程序没有使用 C：它的内存全是 Go 的"},
	"hint.native-no-c":           {"gomedic leak looks at Go's memory", "gomedic leak 查看 Go 的内存"},

	"limit.heap-c.why":             {"the program allocates C memory by %[1]s, whose heap gomedic does not walk: C memory does not count to the Go objects that hold it", "程序用 %[1]s 分配 C 内存，gomedic 不遍历它的堆：C 内存没有计入持有它的 Go 对象"},
	"limit.heap-c.help":            {"the allocator's own heap profiler may show more; gomedic native records who allocates", "该分配器自带的堆分析器或许能显示更多；gomedic native 会记录由谁分配"},
	"limit.native-allocator.why":   {"the program allocates by %[1]s, whose heap gomedic does not walk: what is lost in it is not known", "程序用 %[1]s 分配内存，gomedic 不遍历它的堆：不知道其中丢失了什么"},
	"limit.native-allocator.help":  {"what is allocated and freed is recorded nevertheless, where its malloc is found; the allocator's own heap profiler may show more", "只要找到它的 malloc，分配和释放仍会记录；该分配器自带的堆分析器或许能显示更多"},
	"limit.native-no-records.why":  {"the records of the C allocator were not found: its heap was not walked", "没有找到 C 分配器的记录：没有遍历它的堆"},
	"limit.native-no-records.help": {"glibc since 2.26 and musl since 1.2.1 are known; a program that has not yet called malloc has none", "已知 glibc 2.26 起和 musl 1.2.1 起的版本；还没有调用过 malloc 的程序没有记录"},
	"limit.native-stop.why":        {"no frozen copy of the program could be made: it stood itself while it was read", "无法制作程序的冻结副本：读取期间程序本身停住"},
	"limit.native-stop.help":       {"each look stops it for up to 2 s; --snapshot takes one only", "每次查看最多停住 2 秒；--snapshot 只看一次"},
	"limit.native-arch.why":        {"allocations are recorded on amd64 only: the stacks of what is lost are not known", "只在 amd64 上记录分配：不知道丢失内存的调用栈"},
	"limit.native-arch.help":       {"what is lost was found by one look; heaptrack records on other processors", "丢失的内存已由一次查看找到；heaptrack 可在其他处理器上记录"},
	"limit.native-no-library.why":  {"no malloc with symbols was found, neither in the program nor in its libraries: nothing was recorded", "在程序和它的库里都没有找到带符号的 malloc：没有记录任何分配"},
	"limit.native-no-library.help": {"link dynamically, or keep the symbols of a static program (no -s)", "请动态链接，或保留静态程序的符号（不要用 -s）"},
	"limit.native-privilege.why":   {"probes are not allowed: nothing was recorded, so the lines that allocate are not known", "没有放置探针的权限：没有记录，因此不知道分配内存的代码行"},
	"limit.native-privilege.help":  {"run as root, or: sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep %[1]s", "以 root 运行，或执行：sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep %[1]s"},
	"limit.native-kernel.why":      {"this kernel takes no probes (%[1]s): nothing was recorded", "此内核不接受探针（%[1]s）：没有记录"},
	"limit.native-kernel.help":     {"it takes Linux 5.15 or later with CONFIG_BPF_SYSCALL and CONFIG_UPROBES", "需要 Linux 5.15 或更新版本，并启用 CONFIG_BPF_SYSCALL 和 CONFIG_UPROBES"},
	"limit.native-preload.why":     {"the library that records every allocation was not loaded into the program (%[1]s)", "未能将记录每次分配的库载入程序（%[1]s）"},
	"limit.native-preload.help":    {"probes in the kernel recorded instead; a static or setuid program takes no library", "已改用内核探针记录；静态链接或 setuid 程序不接受预加载库"},
	"limit.native-exact.why":       {"hooks could not be set in the program (%[1]s): nothing was recorded", "无法在程序中放置钩子（%[1]s）：没有记录"},
	"limit.native-exact.help":      {"try without --exact: probes in the kernel leave the program's memory alone", "请不带 --exact 重试：内核探针不改动程序内存"},
	"limit.handles-confined.why":   {"handles were not counted: the program's filter of system calls and this kernel (6.11 to 6.13) do not agree on return probes", "没有统计句柄：程序的系统调用过滤器与此内核（6.11 到 6.13）在返回探针上不兼容"},
	"limit.handles-confined.help":  {"Linux 6.14 or later, or the program outside of its sandbox", "使用 6.14 或更新的内核，或在沙箱之外运行程序"},
	"limit.handles-kernel.why":     {"handles were not counted: %[1]s", "没有统计句柄：%[1]s"},
	"limit.handles-kernel.help":    {"Linux 5.15 or later with uprobes and BPF is needed", "需要 5.15 或更新、带 uprobes 和 BPF 的 Linux 内核"},
	"limit.handles-dropped.why":    {"called so often that counting their handles would have slowed the program down, and counted no longer: %[1]s", "调用过于频繁，继续统计句柄会拖慢程序，因此不再统计：%[1]s"},
	"limit.handles-dropped.help":   {"their figures are those of the beginning only", "它们的数字只包括开头一段"},
	"limit.handles-lost.why":       {"%[1]d handles were not counted: there was no room", "有 %[1]d 个句柄因空间不足没有统计"},
	"limit.handles-lost.help":      {"record for a shorter time: --for 2s", "请缩短记录时间：--for 2s"},
	"limit.native-unseen.why":      {"for %[1]d allocations there was no room in the record", "有 %[1]d 次分配因记录已满而漏掉"},
	"limit.native-unseen.help":     {"record for a shorter time: --for 2s", "请缩短记录时间：--for 2s"},
	"limit.native-last.why":        {"the C heap could not be looked at again (%[1]s): what was allocated meanwhile and is lost is not known", "无法再次查看 C 堆（%[1]s）：不知道期间分配的内存有哪些已丢失"},
	"limit.native-last.help":       {"the machine is busy, or a thread waits in the kernel: try again", "机器繁忙，或有线程正在内核中等待：请再试一次"},
	"limit.native-file.why":        {"the C heap was not looked at: the file holds %[1]s", "没有查看 C 堆：文件中有 %[1]s"},
	"limit.native-file.help":       {"gomedic native FILE looks at it alone", "gomedic native FILE 单独查看它"},
	"limit.native-failed.why":      {"the C heap could not be looked at: %[1]s", "无法查看 C 堆：%[1]s"},
	"limit.native-failed.help":     {"gomedic native %[1]d says more", "gomedic native %[1]d 会说明更多"},

	"native.healthy":          {"C memory is in order: what was allocated while it was recorded was freed, or is held", "C 内存正常：记录期间分配的内存已释放，或仍被持有"},
	"native.healthy.once":     {"nothing of the C heap to speak of is lost at this moment, as far as is seen", "就目前所见，此刻 C 堆没有值得一提的丢失"},
	"native.heading":          {"C memory", "C 内存"},
	"native.system":           {"%[1]s in use of %[2]s that malloc has of the system", "malloc 从系统取得 %[2]s，使用中 %[1]s"},
	"native.chunks":           {"%[1]d chunks, %[2]s", "%[1]d 块，%[2]s"},
	"native.lost":             {"lost: %[1]d, %[2]s", "丢失：%[1]d 块，%[2]s"},
	"native.possibly":         {"possibly lost: %[1]d, %[2]s", "可能丢失：%[1]d 块，%[2]s"},
	"native.sites":            {"who allocates, as recorded in %[1]s", "谁在分配（记录了 %[1]s）"},
	"native.sites.scaled":     {"who allocates, as recorded in %[1]s of %[2]s", "谁在分配（%[2]s 中记录了 %[1]s）"},
	"native.handles":          {"handles, counted for %[1]s", "句柄（统计了 %[1]s）"},
	"native.handle":           {"%[1]s: %[2]d made, %[3]d of them destroyed by %[4]s", "%[1]s：创建 %[2]d 个，其中 %[3]d 个由 %[4]s 销毁"},
	"native.site":             {"%[1]d allocated (%[2]s), %[3]d freed, %[4]d left (%[5]s), %[6]d lost", "分配 %[1]d 次（%[2]s），释放 %[3]d，留下 %[4]d（%[5]s），丢失 %[6]d"},
	"native.growth":           {"sizes of chunks that became more", "数量增加的内存块大小"},
	"native.groups":           {"lost, by size and by what they hold", "丢失的内存块，按大小和内容"},
	"native.holds.text":       {"text “%[1]s”", "文本 “%[1]s”"},
	"native.holds.object":     {"objects of %[1]s", "%[1]s 的对象"},
	"native.holds.go":         {"pointers into Go's memory", "指向 Go 内存的指针"},
	"native.holds.chunks":     {"pointers to other chunks", "指向其他内存块的指针"},
	"native.holds.zero":       {"zeros", "全为零"},
	"native.holds.data":       {"data", "数据"},
	"native.looked.heap":      {"C heap (%[1]s): %[2]d chunks, %[3]s; lost: %[4]d, possibly lost: %[5]d", "C 堆（%[1]s）：%[2]d 块，%[3]s；丢失 %[4]d，可能丢失 %[5]d"},
	"native.looked.recording": {"recorded for %[1]s: %[2]d allocations, %[3]d frees; estimated cost %[4]s of a thread's time", "记录了 %[1]s：分配 %[2]d 次，释放 %[3]d 次；估计占用一个线程 %[4]s 的时间"},
}
