package text

// vet are the sentences of gomedic vet: how a function comes to run where it does
// (vet.via.…), the steps of the way to a call, and why it matters.
var vet = Table{
	"finding.ui-thread/risky-call.title.wait":      {"%[1]s waits on the UI goroutine: %[2]s", "%[1]s 在界面 goroutine 上等待：%[2]s"},
	"finding.ui-thread/risky-call.title.lock":      {"%[1]s calls %[2]s on the UI goroutine, and %[3]s holds that lock while it waits", "%[1]s 在界面 goroutine 上调用 %[2]s，而 %[3]s 持有这把锁时还在等待"},
	"finding.ui-thread/risky-call.title.no-reason": {"a suppression gives no reason", "抑制注释没有写理由"},
	"finding.ui-thread/risky-call.title.no-id":     {"a suppression names no finding that there is", "抑制注释没有写出有效的结论编号"},
	"finding.ui-thread/unlocked.title.away":        {"%[1]s calls %[2]s in a goroutine: it must run on the main one", "%[1]s 在另一个 goroutine 里调用 %[2]s，它必须运行在主 goroutine 上"},
	"finding.ui-thread/unlocked.title.late":        {"%[1]s calls %[2]s, and runtime.LockOSThread comes too late", "%[1]s 调用了 %[2]s，而 runtime.LockOSThread 调用得太晚"},
	"finding.ui-thread/unlocked.title.missing":     {"%[1]s calls %[2]s, and nothing calls runtime.LockOSThread", "%[1]s 调用了 %[2]s，却没有任何地方调用 runtime.LockOSThread"},
	"finding.ui-thread/unlocked.title.inherit":     {"%[1]s calls %[2]s in a goroutine that is not locked to a thread", "%[1]s 在没有锁定线程的 goroutine 里调用 %[2]s"},

	"vet.via.go":        {"started by a go statement", "由 go 语句启动"},
	"vet.via.call":      {"given to %[1]s", "传给了 %[1]s"},
	"vet.via.field":     {"stored in %[1]s", "存入 %[1]s"},
	"vet.via.method":    {"a method of %[1]s, which the toolkit calls", "%[1]s 的方法，由界面库调用"},
	"vet.via.frame":     {"it takes a %[1]s, which exists within a frame only", "它接收只在一帧之内存在的 %[1]s"},
	"vet.via.loop":      {"the loop around %[1]s", "%[1]s 所在的循环"},
	"vet.via.component": {"reload.Register", "reload.Register"},

	"finding.reload/leftover.title.source": {"%[1]s starts %[2]s, which outlives its generation", "%[1]s 启动的 %[2]s 会活过它这一代"},
	"vet.via.events":                       {"the loop that handles the window's events", "处理窗口事件的循环"},

	"vet.step.calls":  {"calls %[1]s", "调用 %[1]s"},
	"vet.step.starts": {"starts %[1]s", "启动 %[1]s"},
	"vet.step.waits":  {"waits: %[1]s", "等待：%[1]s"},
	"vet.step.takes":  {"takes the lock %[1]s", "获取锁 %[1]s"},
	"vet.step.holds":  {"holds it and waits: %[1]s, %[2]s", "持有它并等待：%[1]s，%[2]s"},

	"vet.why.ui":        {"%[1]s runs on the UI goroutine: %[2]s (%[3]s)", "%[1]s 运行在界面 goroutine 上：%[2]s（%[3]s）"},
	"vet.why.away":      {"%[1]s runs on a goroutine of its own: %[2]s (%[3]s)", "%[1]s 运行在自己的 goroutine 上：%[2]s（%[3]s）"},
	"vet.why.exported":  {"the way begins at %[1]s", "路径从 %[1]s 开始"},
	"vet.why.network":   {"%[1]s waits for the network, or for a server behind it", "%[1]s 要等网络或远端服务器"},
	"vet.why.file":      {"%[1]s waits for the disk, or for the server of a network drive", "%[1]s 要等磁盘或网络盘"},
	"vet.why.process":   {"%[1]s waits until another program ends", "%[1]s 要等另一个程序结束"},
	"vet.why.sleep":     {"%[1]s sleeps", "%[1]s 会睡眠"},
	"vet.why.channel":   {"%[1]s waits until another goroutine acts", "%[1]s 要等另一个 goroutine 行动"},
	"vet.why.lock":      {"%[1]s waits as long as the lock is held", "锁被持有多久，%[1]s 就要等多久"},
	"vet.why.ui-turn":   {"%[1]s waits for the UI goroutine", "%[1]s 要等界面 goroutine"},
	"vet.why.dialog":    {"%[1]s waits until the person answers", "%[1]s 要等用户作答"},
	"vet.why.holder":    {"%[1]s holds %[2]s while it waits: %[3]s (%[4]s)", "%[1]s 持有 %[2]s 时在等待：%[3]s（%[4]s）"},
	"vet.why.reserved":  {"%[1]s may only be called by the UI goroutine", "%[1]s 只能由界面 goroutine 调用"},
	"vet.why.main":      {"%[1]s must run on the process's main thread", "%[1]s 必须运行在进程的主线程上"},
	"vet.why.inherit":   {"a goroutine does not inherit the thread lock of the one that started it, and what it calls belongs to one thread", "goroutine 不会继承启动者的线程锁，而它所调用的函数只属于一个线程"},
	"vet.why.late":      {"runtime.LockOSThread is called at %[1]s, when the goroutine may have left the main thread", "runtime.LockOSThread 在 %[1]s 才调用，此时 goroutine 可能已离开主线程"},
	"vet.why.missing":   {"no init function and nothing on the way from main locks the main goroutine to its thread", "没有 init 函数、也没有 main 途经的代码把主 goroutine 锁定在线程上"},
	"vet.why.component": {"%[1]s is part of a component: %[2]s (%[3]s)", "%[1]s 属于一个组件：%[2]s（%[3]s）"},
	"vet.why.leftover":  {"when the next generation of the component is loaded, nothing ends what %[1]s starts", "加载组件的下一代时，没有任何东西会结束 %[1]s 启动的内容"},
	"vet.why.no-reason": {"//gomedic:ignore %[1]s has to be followed by a reason; until then it suppresses nothing", "//gomedic:ignore %[1]s 之后必须写明理由，否则不起作用"},
	"vet.why.no-id":     {"//gomedic:ignore takes the id of a finding of gomedic vet, and got %[1]q", "//gomedic:ignore 后面应是 gomedic vet 的结论编号，实际为 %[1]q"},

	"vet.remedy.lock":    {"let the other code wait before it takes the lock, or after; or give the UI a snapshot (atomic.Pointer) instead of %[1]s", "让另一段代码在取锁之前或放锁之后再等待；或者给界面一份快照（atomic.Pointer），不再需要 %[1]s"},
	"vet.remedy.channel": {"let a goroutine wait at %[1]s and hand the result to the UI; or use select with default", "让 goroutine 去等 %[1]s，再把结果交给界面；或者用带 default 的 select"},
	"vet.remedy.sleep":   {"use the toolkit's animation or a timer in a goroutine instead of %[1]s", "改用界面库的动画，或在 goroutine 里用定时器，代替 %[1]s"},
	"vet.remedy.scope":   {"use %[1]s of the scope that the constructor gets, instead of %[2]s: it ends with the generation", "改用构造函数得到的 scope 的 %[1]s，代替 %[2]s：它会随这一代一起结束"},
	"vet.remedy.inherit": {"call runtime.LockOSThread at the beginning of the goroutine, and make the context current there", "在该 goroutine 的开头调用 runtime.LockOSThread，并在那里设置当前上下文"},
	"vet.remedy.ignore":  {"//gomedic:ignore ui-thread/risky-call and why it is harmless here", "//gomedic:ignore ui-thread/risky-call 加上此处无害的理由"},

	"vet.stage.list":                    {"listing packages", "正在列出包"},
	"vet.stage.types":                   {"checking types", "正在检查类型"},
	"vet.stage.ssa":                     {"reading functions", "正在读取函数"},
	"vet.stage.graph":                   {"making the call graph", "正在构建调用图"},
	"vet.stage.walk":                    {"walking from the callbacks", "正在从回调出发查找"},
	"vet.clean":                         {"nothing found that would block the UI or break its thread rules", "没有发现会卡住界面或违反线程规则的代码"},
	"vet.count.one":                     {"%[1]d finding", "%[1]d 个结论"},
	"vet.count.many":                    {"%[1]d findings", "%[1]d 个结论"},
	"vet.group":                         {"%[1]s · %[2]d", "%[1]s · %[2]d 个"},
	"vet.family.ui-thread/risky-call":   {"calls that block the UI sooner or later", "迟早会卡住界面的调用"},
	"vet.family.ui-thread/foreign-call": {"UI calls from other goroutines", "来自其他 goroutine 的界面调用"},
	"vet.family.ui-thread/unlocked":     {"thread rules", "线程规则"},

	"error.vet-load":  {"the packages cannot be loaded: %[1]s", "无法加载这些包：%[1]s"},
	"hint.vet-load":   {"run it in a module, with patterns as of go build; go list ./... must work there", "请在模块目录内运行，模式与 go build 相同；go list ./... 须能成功"},
	"error.vet-types": {"package %[1]s does not type-check: %[2]s", "包 %[1]s 类型检查失败：%[2]s"},
	"hint.vet-types":  {"go build ./... shows all errors; go mod download fetches what is missing; --tags chooses files", "go build ./... 会列出全部错误；go mod download 会下载缺失的模块；--tags 可选择文件"},
	"error.vet-flags": {"--json and --sarif - both want standard output", "--json 和 --sarif - 都要写到标准输出"},
	"hint.vet-flags":  {"name a file: --sarif vet.sarif", "请给出文件名：--sarif vet.sarif"},

	"limit.vet-sealed.why":  {"package %[1]s was left out: %[2]s", "跳过了包 %[1]s：%[2]s"},
	"limit.vet-sealed.help": {"go build ./... shows all errors; the rest was read", "go build ./... 会列出全部错误；其余部分已读取"},
	"limit.vet-cut.why":     {"functions of package %[1]s with errors were left out: %[2]s", "跳过了包 %[1]s 中有错误的函数：%[2]s"},
	"limit.vet-c.why":       {"%[2]d functions of package %[1]s call C and were not followed", "包 %[1]s 中有 %[2]d 个函数调用 C，没有继续跟踪"},
	"limit.vet-c.help":      {"what waits in C code is not seen; gomedic freeze sees it in the running program", "看不到 C 代码里的等待；gomedic freeze 能在运行中的程序里看到"},

	"cli.vet.short": {"find calls in the source that will freeze the UI", "在源代码里找出会卡住界面的调用"},
	"cli.vet.long": {
		`Read the source of packages (without arguments of the one here) and find what
will freeze the UI before it does: calls that wait for the network, a
file, a process, a channel, a sleep or a lock on the UI goroutine; UI calls from
other goroutines; a UI loop that is not bound to its thread. Fyne, Gio, Ebitengine
and GLFW are known. Each finding shows the way from the callback to the call.

Nothing is compiled: neither a C compiler nor the headers of a window system are
needed. A comment at a line of the way, or alone above it, suppresses a finding:
//gomedic:ignore ui-thread/risky-call and the reason.

gomedic is also a tool for go vet: go vet -vettool=$(which gomedic) ./... It then
sees one package at a time, and follows interface calls within a package only; and
go vet itself compiles what is imported, with a C compiler where the toolkit needs
one.

Exit code: 0 nothing found, 1 findings, 2 the command could not do its work.`,
		`阅读包的源代码（不带参数表示当前目录的包），在界面卡死之前找出原因：在界面
goroutine 上等待网络、文件、进程、channel、睡眠或锁的调用；来自其他 goroutine 的
界面调用；没有绑定线程的界面循环。支持 Fyne、Gio、Ebitengine 和 GLFW。每个结论都
给出从回调到该调用的路径。

不编译任何东西：不需要 C 编译器，也不需要窗口系统的头文件。在路径的某一行末尾、
或单独写在它的上一行，可用注释抑制结论：
//gomedic:ignore ui-thread/risky-call 加上理由。

gomedic 也可作为 go vet 的工具：go vet -vettool=$(which gomedic) ./... 此时它一次
只看一个包，接口调用只在包内跟踪；而 go vet 本身会编译所导入的包，界面库若需要
C 编译器，就得有 C 编译器。

退出码：0 没有发现，1 有结论，2 命令无法完成。`,
	},
	"cli.vet.example": {
		`  gomedic vet ./...
  gomedic vet --json ./cmd/app
  gomedic vet --sarif vet.sarif --tags wayland ./...
  go vet -vettool=$(which gomedic) ./...`,
		`  gomedic vet ./...
  gomedic vet --json ./cmd/app
  gomedic vet --sarif vet.sarif --tags wayland ./...
  go vet -vettool=$(which gomedic) ./...`,
	},
	"cli.flag.tags":  {"build tags, separated by commas, as of go build", "构建标签，以逗号分隔，与 go build 相同"},
	"cli.flag.tests": {"read test files, too", "同时读取测试文件"},
	"cli.flag.dir":   {"change to this `directory` first", "先切换到该`目录`"},
	"cli.flag.sarif": {"write the findings as a SARIF 2.1.0 `file` for code hosts; - is standard output", "把结论写成供代码托管平台使用的 SARIF 2.1.0 `文件`；- 表示标准输出"},
}
