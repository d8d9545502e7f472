package text

// cli are the help texts, and what the commands print around a report.
var cli = Table{
	"cli.root.short": {"say why a Go GUI program is frozen, stutters or leaks", "找出 Go 图形程序卡死、掉帧、泄漏的原因"},
	"cli.root.long": {
		`gomedic is the first responder for Go programs that draw: Fyne, Gio,
Ebitengine, GLFW. It attaches to the running program, without restart, rebuild
or import, and says which line blocks the UI, who holds what it waits for, since
when, and what to do; why frames come late; what grows in memory, and who holds it.

Without a command it lists the Go programs here and the state of their UI.`,
		`gomedic 是 Go 图形程序（Fyne、Gio、Ebitengine、GLFW）的急救工具。
它附着到正在运行的程序上，无需重启、重新编译或导入任何代码，
直接指出哪一行卡住了界面、它在等谁、等了多久、该怎么办；
哪些帧慢、为什么慢；内存中什么在增长、被谁持有。

不带命令运行时，列出这里的 Go 程序及其界面状态。`,
	},
	"cli.root.example": {
		`  gomedic                      the Go programs here
  gomedic check 4711           what is wrong with process 4711
  gomedic check title:Orders   … with the program of that window
  gomedic freeze 4711 --watch  wait for the next freeze and catch it
  gomedic leak 4711            what grows in its memory, and who holds it`,
		`  gomedic                      列出这里的 Go 程序
  gomedic check 4711           诊断进程 4711
  gomedic check title:订单      诊断该窗口所属的程序
  gomedic freeze 4711 --watch  守候下一次卡死并抓住它
  gomedic leak 4711            内存中什么在增长、被谁持有`,
	},
	"cli.check.short": {"examine a program, worst finding first", "诊断一个程序，最严重的问题排在最前"},
	"cli.check.long": {
		`Examine a program and print what is wrong, worst first.

TARGET is a pid, a process's name, title:TEXT for a window, a core file, a heap
file, a .gomedic bundle, a goroutine dump (SIGQUIT output or debug=2; - reads it
from standard input), or -- COMMAND ARGS to start one. An address, http:// or
https://, is a page with a Go WebAssembly program: it is opened in a browser of
its own, or taken as it is in one that runs (--attach).

The program is read while it runs. A thread is stopped, for a fraction of a
millisecond, only where the UI is computing; what that cost is printed.

What the graphics driver said of it is read from the kernel log, this machine's
or a recorded one (--log; without TARGET the log alone is judged), and what the
program draws with from its memory. Of a program that was started with -- it is
read from its standard error, too, which goes to gomedic's. The C heap is looked
at once, where it is not large: what is lost in it, and whether it is damaged.

Exit code: 0 healthy, 1 findings, 2 the command could not do its work.`,
		`诊断一个程序并给出问题所在，最严重的排在最前。

TARGET 可以是进程号、进程名、窗口标题 title:文字、core 文件、堆文件、.gomedic 包、
goroutine 转储（SIGQUIT 输出或 debug=2；- 表示从标准输入读取），
或用 -- 命令 参数 启动一个程序。http:// 或 https:// 地址是带有 Go WebAssembly
程序的页面：在单独的浏览器中打开，或直接查看正在运行的浏览器里的标签页（--attach）。

读取时程序照常运行。只有界面正在计算时，才会让那个线程停下不到一毫秒；
实际开销会如实打印出来。

显卡驱动报告的内容取自内核日志：本机的，或录下的（--log；不给 TARGET 则只判断
日志）；程序用什么绘制取自它的内存。用 -- 启动的程序，
还会读取它的标准错误输出（照样转到 gomedic 的标准错误）。
C 堆不大时会查看一次：其中丢失了什么，是否已损坏。

退出码：0 健康，1 有问题，2 命令未能完成。`,
	},
	"cli.check.example": {
		`  gomedic check 4711
  gomedic check 4711 --for 500ms --json
  gomedic check 4711 --html freeze.html --save freeze.gomedic
  gomedic check freeze.gomedic
  kill -QUIT 4711; gomedic check dump.txt
  gomedic check https://localhost:8080/`,
		`  gomedic check 4711
  gomedic check 4711 --for 500ms --json
  gomedic check 4711 --html freeze.html --save freeze.gomedic
  gomedic check freeze.gomedic
  kill -QUIT 4711; gomedic check dump.txt
  gomedic check https://localhost:8080/`,
	},
	"cli.freeze.short": {"say who blocks the UI; --watch waits for the next freeze", "指出谁卡住了界面；--watch 守候下一次卡死"},
	"cli.freeze.long": {
		`Say who blocks the UI: gomedic check with the freeze family alone.

With --watch it looks at the UI a few times a second, at hardly any cost, until
the UI stands still for longer than --over, and then examines it. It ends with
that verdict, or after --until.

Of a page (http://, https://) it says what keeps the page's thread, and which of
its Go program's goroutines wait for what nothing will bring.`,
		`指出谁卡住了界面：相当于只做卡死一类的 gomedic check。

加上 --watch 时，它每秒查看界面几次，几乎没有开销；界面停住超过 --over 就开始诊断，
给出结论后结束，或在 --until 到期后结束。

对于页面（http://、https://），它指出什么占住了页面的线程，以及 Go 程序的哪些
协程在等待不会到来的东西。`,
	},
	"cli.freeze.example": {
		`  gomedic freeze 4711
  gomedic freeze 4711 --watch --over 500ms --save night.gomedic
  gomedic freeze http://localhost:8080/ --attach localhost:9222`,
		`  gomedic freeze 4711
  gomedic freeze 4711 --watch --over 500ms --save night.gomedic
  gomedic freeze http://localhost:8080/ --attach localhost:9222`,
	},
	"cli.explain.short":    {"explain a finding id", "解释一个结论编号"},
	"cli.explain.long":     {"Print the page of a finding id: what it means, how gomedic knows, what to do.", "显示某个结论编号的说明：它是什么意思、gomedic 如何判断、该怎么办。"},
	"cli.explain.example":  {"  gomedic explain ui-blocked/mutex", "  gomedic explain ui-blocked/mutex"},
	"cli.man.short":        {"write the man pages into a folder", "把 man 手册页写入目录"},
	"cli.help.short":       {"help about a command", "显示命令的帮助"},
	"cli.completion.short": {"print the completion script for a shell", "输出 shell 补全脚本"},
	"cli.hint":             {"hint: ", "提示："},
	"cli.progress":         {"watching %[1]s, %[2]d goroutines", "正在查看 %[1]s，%[2]d 个 goroutine"},
	"cli.watching":         {"watching the UI of %[1]s (pid %[2]d); Ctrl-C ends it", "正在守候 %[1]s（pid %[2]d）的界面；按 Ctrl-C 结束"},
	"cli.caught":           {"the UI has stood still for %[1]s: examining it", "界面已停住 %[1]s，开始诊断"},

	"cli.flag.json":    {"print one JSON value (gomedic.report/v1)", "输出一个 JSON 值（gomedic.report/v1）"},
	"cli.flag.quiet":   {"one line for each finding, nothing else", "每个结论只打印一行"},
	"cli.flag.lang":    {"language: en or zh (default: from LANG)", "语言：en 或 zh（默认取自 LANG）"},
	"cli.flag.html":    {"write the report as one self-contained HTML `file`", "把报告写成单个 HTML `文件`"},
	"cli.flag.save":    {"write report and evidence as a .gomedic `file`", "把报告和证据写成 .gomedic `文件`"},
	"cli.flag.for":     {"how long to watch the UI, 100ms to 10s", "查看界面多久，100ms 到 10s"},
	"cli.flag.no-stop": {"never stop a thread, not even for an instant; code that is running is then not seen", "绝不让线程停顿；代价是看不到正在运行的代码"},
	"cli.flag.exe":     {"the `program` that made the core file", "产生 core 文件的`程序`"},
	"cli.flag.stacks":  {"print the whole stacks of the goroutines involved", "打印相关 goroutine 的完整栈"},
	"cli.flag.verbose": {"every finding in full", "完整打印每个结论"},
	"cli.flag.help":    {"show this help", "显示本帮助"},
	"cli.flag.version": {"print the version", "打印版本"},
	"cli.flag.watch":   {"wait for the next freeze", "守候下一次卡死"},
	"cli.flag.over":    {"with --watch: how long the UI must stand still", "与 --watch 合用：界面停住多久才算卡死"},
	"cli.flag.until":   {"with --watch: give up after this time, 0 never", "与 --watch 合用：多久之后放弃，0 表示一直等"},

	"list.none":       {"no Go programs that you may see", "没有你能看到的 Go 程序"},
	"list.pid":        {"PID", "PID"},
	"list.name":       {"NAME", "名称"},
	"list.go":         {"GO", "GO"},
	"list.toolkit":    {"TOOLKIT", "界面库"},
	"list.ui":         {"UI", "界面"},
	"list.fps":        {"FPS", "帧率"},
	"list.heap":       {"HEAP", "堆"},
	"list.rss":        {"RSS", "RSS"},
	"list.stripped":   {"STRIPPED", "去符号"},
	"list.yes":        {"yes", "是"},
	"list.no":         {"no", "否"},
	"list.responsive": {"responsive", "正常"},
	"list.busy":       {"busy", "忙"},
	"list.blocked":    {"blocked for %[1]s", "卡住 %[1]s"},
	"list.starting":   {"no window yet", "还没有窗口"},
	"list.noui":       {"no UI", "无界面"},
	"list.unknown":    {"? (%[1]s)", "？（%[1]s）"},
	"list.hidden":     {"%[1]d more belong to other users: sudo shows them", "另有 %[1]d 个属于其他用户：用 sudo 可以看到"},

	"cli.usage-template": {
		`Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Global flags:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`,
		`用法：{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [命令]{{end}}{{if .HasExample}}

示例：
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

命令：{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

选项：
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

通用选项：
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`,
	},
}
