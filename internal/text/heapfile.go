package text

// heapFile is what the commands say that write heap files and describe them.
var heapFile = Table{
	"cli.heap.short": {"take and examine the memory of a program", "保存并检查程序的内存"},
	"cli.heap.long": {
		`Take the memory of a running program into a heap file, and examine it without
the program: on this machine or on another one.`,
		`把正在运行的程序的内存保存为堆文件，之后无需该程序即可检查，
在本机或另一台机器上都可以。`,
	},
	"cli.heap.snapshot.short": {"write a program's memory into a heap file", "把程序的内存写入堆文件"},
	"cli.heap.snapshot.long": {
		`Write the memory of a program, its threads' registers and its own file into one
compressed heap file, which gomedic leak, heap and check take as a target.

TARGET is a pid, a process's name, title:TEXT for a window, a core file, or
-- COMMAND ARGS to start one. Memory that is shared with other processes, that is
a device's or merely a library's file is left out; gomedic heap info lists it.

The file gets its name when it is whole: on an error, a full disk or Ctrl-C
nothing is left. It holds what the program held in memory, passwords included.`,
		`把程序的内存、各线程的寄存器和程序文件本身写入一个压缩的堆文件，
gomedic leak、heap 和 check 可以把它当作诊断对象。

TARGET 可以是进程号、进程名、窗口标题 title:文字、core 文件，
或用 -- 命令 参数 启动一个程序。与其他进程共享的内存、设备内存以及
单纯映射自库文件的内存不会保存；gomedic heap info 会列出它们。

文件写完整之后才会得到正式的名字：出错、磁盘写满或按 Ctrl-C 时不留下任何残缺文件。
它包含程序内存中的一切，密码也不例外。`,
	},
	"cli.heap.snapshot.example": {
		`  gomedic heap snapshot 4711 -o orders.heap
  gomedic leak orders.heap`,
		`  gomedic heap snapshot 4711 -o orders.heap
  gomedic leak orders.heap`,
	},
	"cli.heap.info.short": {"say what a heap file holds", "说明堆文件的内容"},
	"cli.heap.info.long": {
		`Say whose memory a heap file holds, when it was taken, how large it is, how well
it compressed and what was left out. --verify reads all of it and checks it.`,
		`说明堆文件保存的是哪个程序的内存、何时保存、大小和压缩比，以及哪些部分没有保存。
加 --verify 会完整读取并校验。`,
	},
	"cli.heap.info.example":   {"  gomedic heap info orders.heap --verify", "  gomedic heap info orders.heap --verify"},
	"cli.heap.flag.output":    {"write the heap `file` here", "堆`文件`的路径"},
	"cli.heap.flag.force":     {"also where memory is short or the disk seems too small", "即使内存不足或磁盘空间看起来不够也继续"},
	"cli.heap.flag.no-c-heap": {"leave out the memory of C's malloc ([heap])", "不保存 C 的 malloc 内存（[heap]）"},
	"cli.heap.flag.verify":    {"check every byte", "校验每个字节"},
	"cli.heap.flag.json":      {"print one JSON value (gomedic.heap/v1)", "输出一个 JSON 值（gomedic.heap/v1）"},
	"cli.heap.progress":       {"writing the heap file", "正在写堆文件"},

	"heap.written":       {"wrote %[1]s in %[2]s", "已写入 %[1]s，用时 %[2]s"},
	"heap.target":        {"%[1]s · pid %[2]d · %[3]s · %[4]s", "%[1]s · pid %[2]d · %[3]s · %[4]s"},
	"heap.taken.clone":   {"taken %[1]s from a frozen copy; the program stood for %[2]s", "于 %[1]s 取自冻结的副本；程序停顿 %[2]s"},
	"heap.taken.stop":    {"taken %[1]s from the program itself, which stood until it was written", "于 %[1]s 取自程序本身；写完之前程序一直停住"},
	"heap.taken.process": {"taken %[1]s from the running program, so some of it may have changed meanwhile; its threads stood for %[2]s", "于 %[1]s 取自运行中的程序，期间部分内容可能有变化；各线程停顿 %[2]s"},
	"heap.taken.core":    {"taken %[1]s from a core file", "于 %[1]s 取自 core 文件"},
	"heap.sizes":         {"%[1]s of memory and %[2]s of program files in %[3]s (%[4]s to 1)", "内存 %[1]s 和程序文件 %[2]s，压缩为 %[3]s（%[4]s 比 1）"},
	"heap.parts":         {"of the memory, %[1]s is data, %[2]s is zeros, %[3]s is as in the program's files", "内存中数据占 %[1]s，全零占 %[2]s，与程序文件相同的占 %[3]s"},
	"heap.threads":       {"threads: %[1]d", "线程：%[1]d"},
	"heap.left.file":     {"left out: %[1]s of other files, such as libraries", "未保存：其他文件（如库）%[1]s"},
	"heap.left.shared":   {"left out: %[1]s shared with other processes", "未保存：与其他进程共享的内存 %[1]s"},
	"heap.left.device":   {"left out: %[1]s of devices, such as graphics memory", "未保存：设备内存（如显存）%[1]s"},
	"heap.left.c-heap":   {"left out: %[1]s of C's malloc, as was asked for", "未保存：按要求略去 C 的 malloc 内存 %[1]s"},
	"heap.left.kernel":   {"left out: %[1]s of the kernel", "未保存：内核的内存 %[1]s"},
	"heap.unreadable":    {"could not be read: %[1]s", "无法读取：%[1]s"},

	"error.heap-output":    {"no file was named for the heap", "没有给出堆文件的路径"},
	"hint.heap-output":     {"gomedic heap snapshot TARGET -o FILE.heap", "gomedic heap snapshot 目标 -o 文件.heap"},
	"error.heap-target":    {"%[1]s is neither a running program nor a core file", "%[1]s 既不是正在运行的程序，也不是 core 文件"},
	"hint.heap-target":     {"name a process or a core file; gomedic without arguments lists the Go programs here", "请指定进程或 core 文件；不带参数运行 gomedic 会列出这里的 Go 程序"},
	"error.heap-file":      {"name one heap file", "请给出一个堆文件"},
	"error.not-heap":       {"this is not a heap file", "这不是堆文件"},
	"hint.not-heap":        {"gomedic heap snapshot TARGET -o FILE.heap makes one", "gomedic heap snapshot 目标 -o 文件.heap 可生成堆文件"},
	"error.heap-truncated": {"the heap file is cut off (%[1]s)", "堆文件不完整（%[1]s）"},
	"hint.heap-truncated":  {"copy it again, or make it again: gomedic heap snapshot TARGET -o FILE.heap", "请重新复制，或重新生成：gomedic heap snapshot 目标 -o 文件.heap"},
	"error.heap-damaged":   {"the heap file is damaged (%[1]s)", "堆文件已损坏（%[1]s）"},
	"hint.heap-damaged":    {"copy it again, or make it again: gomedic heap snapshot TARGET -o FILE.heap", "请重新复制，或重新生成：gomedic heap snapshot 目标 -o 文件.heap"},
	"error.heap-newer":     {"the heap file was written by a newer gomedic (%[1]s)", "堆文件由更新版本的 gomedic 生成（%[1]s）"},
	"hint.heap-newer":      {"update gomedic", "请升级 gomedic"},
	"error.other-arch":     {"this is the memory of a program for another processor (%[1]s)", "这是另一种处理器上的程序的内存（%[1]s）"},
	"hint.other-arch":      {"gomedic reads programs for amd64 and arm64", "gomedic 能读取 amd64 和 arm64 的程序"},
	"error.heap-space":     {"the disk seems too small for %[1]s: it will have about %[2]s, and %[3]s are free", "磁盘空间可能不足以写入 %[1]s：大约需要 %[2]s，可用 %[3]s"},
	"hint.heap-space":      {"write elsewhere, or try it all the same with --force", "请写到别处，或用 --force 仍然尝试"},
}
