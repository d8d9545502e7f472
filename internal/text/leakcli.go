package text

// leakCLI is what gomedic leak says of itself.
var leakCLI = Table{
	"cli.leak.short": {"say what grows in memory, and who holds it", "指出内存中什么在增长、被谁持有"},
	"cli.leak.long": {
		`Look at the heap of a running program a few times, and say what grows, at which
line it is allocated, and which chain of references keeps it: from a variable, a
goroutine's stack, a timer or a listener to the object. It also tells goroutines
that wait for good, closed windows and widgets that no window shows, finalizers
that never run, and small pieces that hold large arrays. C memory that only Go
holds counts to its owner; gomedic native tells of the rest.

The program stands for some milliseconds for each look, while it makes a frozen
copy of itself, in which gomedic reads. Between the looks the runtime's heap
profiler is on, so that the allocating lines are known; --no-write leaves the
program untouched.

TARGET is a pid, a process's name, title:TEXT for a window, a core file, a heap
file (gomedic heap snapshot), a bundle, or -- COMMAND ARGS to start one. A file
shows one moment: what grows cannot be told from it. An address, http:// or
https://, is a page: its Go program's memory is copied for each look.`,
		`多次查看正在运行的程序的堆，指出什么在增长、在哪一行分配、
以及由哪条引用链保持存活：从变量、goroutine 栈、定时器或监听器一直到该对象。
同时指出永远等待的 goroutine、已关闭的窗口、没有任何窗口显示的控件、
永不执行的终结器，以及因一小段切片而被保留的大数组。
只由 Go 持有的 C 内存计入其持有者；其余的由 gomedic native 指出。

每次查看时程序停顿几毫秒，制作一份冻结的副本，gomedic 在副本中读取。
两次查看之间会打开运行时的堆分析器，以便得知分配的代码行；
--no-write 则完全不改动程序。

TARGET 可以是进程号、进程名、窗口标题 title:文字、core 文件、堆文件
（gomedic heap snapshot）、诊断包，或用 -- 命令 参数 启动一个程序。
文件只反映一个时刻：无法从中看出什么在增长。http:// 或 https:// 地址是页面：
每次查看都会复制其 Go 程序的内存。`,
	},
	"cli.leak.example": {
		`  gomedic leak 4711
  gomedic leak orders --looks 6 --interval 30s --html leak.html
  gomedic leak orders --watch               wait until it grows, then look
  gomedic leak title:Orders --on-key 5      look again each time you press Enter
  gomedic leak orders.heap`,
		`  gomedic leak 4711
  gomedic leak orders --looks 6 --interval 30s --html leak.html
  gomedic leak orders --watch               等到持续增长再查看
  gomedic leak title:Orders --on-key 5      每按一次回车查看一次
  gomedic leak orders.heap`,
	},
	"cli.leak.flag.looks":    {"how often to look at the heap; 0: three times, and up to six where something grows", "查看堆的次数；0：三次，若有增长则最多六次"},
	"cli.leak.flag.interval": {"time between two looks", "两次查看之间的时间"},
	"cli.leak.flag.on-key":   {"look before and after each of `N` things that you do in the program: Enter says that one is done", "在程序中做 `N` 次操作，每次之后按回车再查看一次"},
	"cli.leak.flag.watch":    {"watch the memory counters, and look at the objects once they go on growing", "持续观察内存计数器，一旦持续增长便查看对象"},
	"cli.leak.flag.for":      {"with --watch: how long to watch (default: until it is worth to look, or Ctrl-C)", "与 --watch 合用：观察多久（默认：直到值得查看对象或按 Ctrl-C）"},
	"cli.leak.watching":      {"watching the memory of %[1]s (pid %[2]d); Ctrl-C ends it", "正在观察 %[1]s（pid %[2]d）的内存；按 Ctrl-C 结束"},
	"memory.note.looks":      {"it goes on growing: looking at the objects", "内存持续增长：正在查看对象"},
	"error.leak-watch":       {"these options do not go together", "这些选项不能合用"},
	"hint.leak-watch":        {"--for, up to %[1]s, goes with --watch, and --on-key without it", "--for（最长 %[1]s）须与 --watch 合用，--on-key 则不能与它合用"},
	"error.watch-target":     {"%[1]s shows one moment: there is nothing to watch", "%[1]s 只反映一个时刻：无从观察"},
	"hint.watch-target":      {"give a running program; gomedic heap diff compares two files", "请给出正在运行的程序；gomedic heap diff 可比较两个文件"},
	"cli.leak.flag.no-write": {"leave the runtime's heap profiler as it is: allocations have no lines then", "不改动运行时的堆分析器：分配将没有代码行"},
	"cli.leak.flag.stop":     {"make no copy: the program stands while its heap is read, 2 s at most", "不制作副本：读取堆期间程序停住，最多 2 秒"},
	"cli.leak.flag.force":    {"make a copy although memory is short", "即使内存不足也制作副本"},
	"cli.leak.look":          {"look %[1]d of %[2]d", "第 %[1]d 次查看，共 %[2]d 次"},
	"cli.leak.wait":          {"waiting for look %[1]d of %[2]d", "等待第 %[1]d 次查看，共 %[2]d 次"},
	"cli.leak.reading":       {"reading the heap of %[1]s", "正在读取 %[1]s 的堆"},
	"cli.leak.key":           {"do it once in the program, then press Enter here", "在程序中操作一次，然后在此按回车"},
	"error.looks":            {"--looks %[1]d is not possible", "--looks %[1]d 不可用"},
	"hint.looks":             {"take 1 to %[1]d", "取 1 到 %[1]d"},
	"error.interval":         {"--interval %[1]s is not possible", "--interval %[1]s 不可用"},
	"hint.interval":          {"take %[1]s or more", "取 %[1]s 或更长"},
	"error.leak-dump":        {"%[1]s is a goroutine dump: it has no heap", "%[1]s 是 goroutine 转储：其中没有堆"},
	"hint.leak-dump":         {"give a process, a core file or a heap file", "请给出进程、core 文件或堆文件"},
	"error.on-key":           {"--on-key needs somebody to press Enter: the input has ended", "--on-key 需要有人按回车：输入已结束"},
	"hint.on-key":            {"run it on a terminal, or use --interval", "在终端中运行，或改用 --interval"},
}
