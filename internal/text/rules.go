package text

// rules are the sentences that the rules add to those of the findings.
var rules = Table{
	"alternative.holder": {
		"%[1]s (goroutine %[2]d) holds it",
		"由 %[1]s（goroutine %[2]d）持有",
	},
	"alternative.ui-blocked/sleep":     {"%[1]s sleeps", "%[1]s 在睡眠"},
	"alternative.ui-blocked/mutex":     {"%[1]s waits for a lock", "%[1]s 在等锁"},
	"alternative.ui-blocked/cond":      {"%[1]s waits for a signal", "%[1]s 在等待通知"},
	"alternative.ui-blocked/channel":   {"%[1]s waits on a channel", "%[1]s 在等 channel"},
	"alternative.ui-blocked/network":   {"%[1]s waits for the network", "%[1]s 在等网络"},
	"alternative.ui-blocked/disk":      {"%[1]s waits for a file", "%[1]s 在等文件操作"},
	"alternative.ui-blocked/process":   {"%[1]s waits for a child process", "%[1]s 在等子进程"},
	"alternative.ui-blocked/cgo":       {"%[1]s is in C code", "%[1]s 停在 C 代码里"},
	"alternative.ui-blocked/syscall":   {"%[1]s is in a system call", "%[1]s 停在系统调用里"},
	"alternative.ui-busy/cpu":          {"%[1]s computes", "%[1]s 在计算"},
	"alternative.ui-busy/layout":       {"the toolkit computes for %[1]s", "界面库在为 %[1]s 做计算"},
	"alternative.ui-busy/alloc":        {"%[1]s allocates", "%[1]s 在分配内存"},
	"alternative.ui-starved/scheduler": {"%[1]s could run but is not run", "%[1]s 可以运行却没有得到运行"},
	"alternative.ui-stalled/gpu":       {"%[1]s waits for the graphics driver", "%[1]s 在等显卡驱动"},
	"finding.ui-blocked/mutex.title.noui.one": {
		"%[1]s waits for a lock that %[2]s holds",
		"%[1]s 在等锁，锁在 %[2]s 手里",
	},
	"finding.ui-blocked/sleep.title.timer": {
		"the UI waits in %[1]s until a timer fires",
		"界面在 %[1]s 里等定时器到点",
	},
	"object.ui":        {"the UI goroutine", "界面 goroutine"},
	"object.main":      {"the main thread's goroutine", "主线程的 goroutine"},
	"object.render":    {"the render goroutine", "渲染 goroutine"},
	"object.window":    {"the window's goroutine", "窗口的 goroutine"},
	"object.fd":        {"file descriptor %[1]s", "文件描述符 %[1]s"},
	"object.process":   {"process %[1]s", "进程 %[1]s"},
	"object.coroutine": {"the coroutine that it has called (iter.Pull)", "它所调用的协程（iter.Pull）"},
	"object.remote":    {"an answer from %[1]s", "%[1]s 的应答"},
	"object.network":   {"the network", "网络"},
	"object.child":     {"a child process", "子进程"},
	"object.file":      {"the file %[1]s", "文件 %[1]s"},
	"object.disk":      {"a file", "文件"},
	"why.less.no-loop": {
		"the toolkit's loop is not running: the program is starting, or shows no window at this moment",
		"界面库的主循环没有运行：程序还在启动，或此刻没有窗口",
	},
}
