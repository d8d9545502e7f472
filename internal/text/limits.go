package text

// limits say what an examination could not do (limit.NAME.why), and what would
// help (limit.NAME.help).
var limits = Table{
	"limit.no-stop.why":  {"no thread was stopped, as asked (--no-stop): what running goroutines execute was not seen", "按要求没有让任何线程停顿（--no-stop）：看不到运行中的 goroutine 正在执行什么"},
	"limit.no-stop.help": {"leave --no-stop out: a stop takes a fraction of a millisecond", "去掉 --no-stop 即可：每次停顿不到一毫秒"},
	"limit.stop.why":     {"the thread of a running goroutine could not be stopped: %[1]s", "无法让运行中的 goroutine 的线程停顿：%[1]s"},
	"limit.stop.help":    {"run gomedic with CAP_SYS_PTRACE: sudo setcap cap_sys_ptrace+ep %[1]s", "请赋予 gomedic CAP_SYS_PTRACE 权限：sudo setcap cap_sys_ptrace+ep %[1]s"},
	"limit.late.why":     {"the thread of a running goroutine did not come to a stop in time", "运行中的 goroutine 的线程没有及时停下"},
	"limit.late.help":    {"the machine is busy, or the thread waits in the kernel: look again", "机器繁忙，或线程正在内核中等待：请再诊断一次"},
	"limit.few.why":      {"the UI was seen only %[1]d times: that it goes round cannot be told from so few", "只看到界面 %[1]d 次，不足以判断主循环是否在运转"},
	"limit.few.help":     {"watch for longer: --for 5s", "请延长观察时间：--for 5s"},
	"limit.version.why":  {"%[1]s %[2]s is newer or older than the versions that gomedic was checked with", "gomedic 没有用 %[1]s %[2]s 验证过"},
	"limit.version.help": {"read the verdict with care, and see docs/toolkits.md", "请谨慎看待结论，参见 docs/zh/toolkits.md"},
	"limit.cut.why":      {"the stack of UI goroutine %[1]d could not be read to its end (%[2]s)", "无法完整读取界面 goroutine %[1]d 的栈（%[2]s）"},
	"limit.cut.help":     {"look again: gomedic check %[1]d", "请再诊断一次：gomedic check %[1]d"},
	"limit.layout.why":   {"the runtime's layout was taken from the table of %[1]s; the program was built with %[2]s", "运行时布局取自 %[1]s 的表，而程序由 %[2]s 构建"},
	"limit.layout.help":  {"read the verdict with care, or take a newer gomedic", "请谨慎看待结论，或换用更新的 gomedic"},
	"limit.moved.why":    {"%[1]d goroutines moved on while they were read; their stacks are left out", "有 %[1]d 个 goroutine 在读取时正在移动，没有取到它们的栈"},
	"limit.moved.help":   {"this is normal in a busy program", "在繁忙的程序里这是正常现象"},
}
