package text

// devTexts are what gomedic dev says.
var devTexts = Table{
	"cli.dev.short": {"run a program, and take each save into it while it runs", "运行程序，并把每次保存直接换入正在运行的程序"},
	"cli.dev.long": {
		`Builds and runs a program, and watches its module. A save is taken into the
running window: the changed packages are built and loaded, the window and its
state stay. It says what kind of change it was, and what became of it.

A program takes part by importing github.com/gomedic/gomedic/reload. What cannot
be taken in, and every change of a program that does not take part, starts it
anew: beside the old one, which leaves once the new one has drawn, with the place
and size of its windows. Code that does not compile, or that panics when it is
tried, changes nothing: the old goes on.`,
		`编译并运行程序，同时监视它的模块。每次保存都会换入正在运行的窗口：
只编译并加载改动的包，窗口和状态保持不变，并说明改动的种类和结果。

程序通过导入 github.com/gomedic/gomedic/reload 参与。无法换入的改动，以及未参与的
程序的每次改动，都会重新启动程序：新进程先在旧进程旁边启动，画出第一帧后旧进程才退出，
窗口的位置和大小不变。不能编译的代码、试运行时 panic 的代码不会造成任何改变：旧的继续运行。`,
	},
	"cli.dev.example": {
		`  gomedic dev ./cmd/app                    run it, and follow its source
  gomedic dev ./cmd/app -- --verbose       … with arguments of the program
  gomedic dev --build-flags '-tags x11' .  … with flags of go build
  gomedic dev --explain .                  all that is known of each save
  gomedic dev --http 127.0.0.1:7700 .      the same for editors, as JSON and events
  gomedic dev --pause-at load .            stop before each generation is loaded`,
		`  gomedic dev ./cmd/app                    运行并跟随源代码
  gomedic dev ./cmd/app -- --verbose       … 带程序的参数
  gomedic dev --build-flags '-tags x11' .  … 带 go build 的选项
  gomedic dev --explain .                  每次保存的全部细节
  gomedic dev --http 127.0.0.1:7700 .      供编辑器使用：JSON 和事件流
  gomedic dev --pause-at load .            加载每一代之前暂停`,
	},
	"cli.dev.flag.build-flags":     {"`flags` of go build, separated by spaces", "go build 的`选项`，用空格分隔"},
	"cli.dev.flag.linker":          {"external `linker`: mold, lld or default; without it the first that is there", "外部`链接器`：mold、lld 或 default；默认使用最先找到的"},
	"cli.dev.flag.restart":         {"take nothing in, start the program anew for each change", "不换入，每次改动都重新启动程序"},
	"cli.dev.flag.debug":           {"make generations in which breakpoints by file:line hit, as of delve attached to the program", "生成可以命中断点的代码，供附加到程序的 delve 使用"},
	"cli.dev.flag.leftovers-after": {"look for what remains of old generations in the heap once nothing was saved for this `time`; a toolkit's caches may need a minute", "在这段`时间`内没有保存后，查看堆中旧代的遗留；工具包的缓存可能需要一分钟"},
	"cli.dev.flag.no-leftovers":    {"do not look into the heap for what remains of old generations", "不查看堆中旧代遗留的内容"},
	"cli.dev.flag.budget":          {"start anew once generations have added `MiB` of code, which is never freed; 0: never", "各代代码累计超过 `MiB` 后重新启动（代码无法释放）；0 表示不限"},
	"cli.dev.flag.http":            {"serve records as JSON (/reloads) and events (/events) on this loopback `address`", "在这个本机`地址`提供记录：JSON（/reloads）和事件流（/events）"},
	"cli.dev.flag.pause-at":        {"wait before this `stage` (%[1]s) until Enter, or a POST to /continue", "在此`阶段`（%[1]s）之前等待，直到按回车或 POST /continue"},
	"cli.dev.flag.explain":         {"say all that is known of each change", "说明每次改动的全部细节"},
	"cli.dev.flag.json":            {"write a JSON line for each change (gomedic.reload/v1); the program's own output goes to stderr", "每次改动写一行 JSON（gomedic.reload/v1）；程序自己的输出转到 stderr"},

	"dev.waits":       {"it does not run; waiting for a change", "程序未能运行；等待改动"},
	"dev.ended":       {"the program has ended", "程序已结束"},
	"dev.crashed":     {"the program has ended with %[1]s; waiting for a change", "程序异常结束（%[1]s）；等待改动"},
	"dev.serves":      {"what becomes of each save: %[1]s/reloads and %[1]s/events", "每次保存的结果：%[1]s/reloads 和 %[1]s/events"},
	"dev.gain":        {"the program does not call package reload: each change starts it anew; with it, its window and state would stay (docs/reload.md)", "程序没有使用 reload 包：每次改动都会重新启动；使用它可保留窗口和状态（docs/reload.md）"},
	"dev.no-load":     {"changes start the program anew: %[1]s", "改动会重新启动程序：%[1]s"},
	"dev.no-part":     {"the program does not call package reload", "程序没有使用 reload 包"},
	"dev.no-look":     {"what remains of old generations in the heap is not looked for: %[1]s", "不查看堆中旧代遗留的内容：%[1]s"},
	"dev.remains":     {"%[1]d objects of %[2]s, which was replaced, are still referred to: %[3]s with what hangs on them", "已被替换的 %[2]s 仍有 %[1]d 个对象被引用，连同其下内容共 %[3]s"},
	"dev.torn":        {"%[1]s was saved %[2]d ms after %[3]s, which had been taken in already; from now on the one waits for the other", "%[1]s 在 %[3]s 之后 %[2]d 毫秒才保存，而后者已经换入；今后两者会互相等待"},
	"dev.held":        {"held by %[1]s", "持有者：%[1]s"},
	"dev.no-cc.do":    {"install gcc or clang, or set CC to one; with CGO_ENABLED=0 a program that needs no C runs, and each change restarts it", "请安装 gcc 或 clang，或把 CC 设为其中之一；不需要 C 的程序可用 CGO_ENABLED=0 运行，但每次改动都会重启"},
	"dev.blind":       {"no change is seen any more: %[1]s; the program goes on", "不再能看到改动：%[1]s；程序继续运行"},
	"dev.both":        {"%[1]s; %[2]s", "%[1]s；%[2]s"},
	"dev.unknown":     {"what the program is made of is not known: %[1]s", "无法得知程序的构成：%[1]s"},
	"dev.not-ready":   {"the packages are still being made ready for reloads", "各包仍在为重载做准备"},
	"dev.budget":      {"the generations so far take %[1]d MiB of code, which is never freed", "至今各代占用 %[1]d MiB 代码，且无法释放"},
	"dev.ports":       {"the old process leaves first, as it listens on %[1]s", "旧进程正在监听 %[1]s，因此先退出"},
	"dev.not-saved":   {"not kept over the restart: %[1]s", "重启后未能保留：%[1]s"},
	"dev.new-ended":   {"the new process has ended before it drew: %[1]s", "新进程在画出第一帧之前结束：%[1]s"},
	"dev.new-blank":   {"the new process has drawn nothing for %[1]d s", "新进程 %[1]d 秒内没有画出任何内容"},
	"dev.more":        {"and %[1]d more", "另有 %[1]d 处"},
	"dev.old-goes-on": {"the program goes on as it was", "程序照旧运行"},
	"dev.code":        {"generations have added %[1]d KiB of code since the start", "启动以来各代共增加 %[1]d KiB 代码"},
	"dev.paused":      {"paused before %[1]s: Enter goes on, q and Enter leaves it out; or POST %[2]s/continue", "在 %[1]s 之前暂停：回车继续，输入 q 后回车放弃；也可 POST %[2]s/continue"},
	"dev.aborted":     {"left out by hand", "已手动放弃"},

	"dev.stage.archive": {"makes packages ready for reloads", "正在为重载准备各包"},
	"dev.stage.build":   {"builds the program", "正在编译程序"},

	"dev.action.start":                   {"started", "已启动"},
	"dev.action.ready":                   {"ready to take changes in", "可以换入改动"},
	"dev.action.skip":                    {"nothing to do", "无需操作"},
	"dev.action.swap":                    {"swapped", "已换入"},
	"dev.action.migrate":                 {"swapped, state moved", "已换入，状态已迁移"},
	"dev.action.restart":                 {"started anew", "已重新启动"},
	"dev.action.report":                  {"the program reports", "程序报告"},
	"finding.reload/compile.title":       {"the change does not compile", "改动不能编译"},
	"finding.reload/needs-restart.title": {"the change cannot be taken into the running program", "改动无法换入正在运行的程序"},
	"finding.reload/leftover.title":      {"something of an old generation still lives", "旧的一代仍有东西活着"},

	"dev.failed": {"not taken in", "未换入"},

	"dev.step.watch":       {"watch", "监视"},
	"dev.step.classify":    {"classify", "分类"},
	"dev.step.compile":     {"compile", "编译"},
	"dev.step.link":        {"link", "链接"},
	"dev.step.related":     {"related files", "相关文件"},
	"dev.step.load":        {"load", "加载"},
	"dev.step.trial":       {"trial", "试运行"},
	"dev.step.swap":        {"swap", "换入"},
	"dev.step.first-frame": {"first frame", "首帧"},
	"dev.step.build":       {"build", "构建"},
	"dev.step.save":        {"save", "保存状态"},
	"dev.step.start":       {"start", "启动"},

	"error.dev-packages":    {"%[1]d packages were named, and one program can be run", "指定了 %[1]d 个包，但只能运行一个程序"},
	"hint.dev-packages":     {"the program's own arguments come after --", "程序自己的参数放在 -- 之后"},
	"error.dev-stage":       {"%[1]s is no stage to pause at", "不能在 %[1]s 阶段暂停"},
	"hint.dev-stage":        {"these are: %[1]s", "可用的阶段：%[1]s"},
	"error.dev-linker":      {"%[1]s is no linker that is known", "未知的链接器 %[1]s"},
	"hint.dev-linker":       {"mold, lld or default", "mold、lld 或 default"},
	"error.dev-module":      {"there is no go.mod in %[1]s or above it", "%[1]s 及其上级目录中没有 go.mod"},
	"hint.dev-module":       {"name the program's folder: gomedic dev ./cmd/app; go mod init makes a module", "请指定程序所在的目录：gomedic dev ./cmd/app；go mod init 可创建模块"},
	"error.dev-module-said": {"the module cannot be read: %[1]s", "无法读取模块：%[1]s"},
	"hint.dev-module-said":  {"mend that first; go list -m says the same", "请先修复它；go list -m 给出同样的信息"},
	"error.dev-go":          {"the go command is not in the PATH", "PATH 中没有 go 命令"},
	"hint.dev-go":           {"install Go from https://go.dev/dl", "请从 https://go.dev/dl 安装 Go"},
	"error.dev-http":        {"cannot serve at %[1]s: %[2]s", "无法在 %[1]s 提供服务：%[2]s"},
	"hint.dev-http":         {"an address of this machine, such as 127.0.0.1:7700", "应为本机地址，如 127.0.0.1:7700"},
	"error.dev-temp":        {"in %[1]s no folder can be made for what is built: %[2]s", "无法在 %[1]s 中创建存放编译结果的目录：%[2]s"},
	"hint.dev-temp":         {"set TMPDIR to a folder that can be written", "请把 TMPDIR 设为可写的目录"},
	"error.watch-limit":     {"the system lets nobody watch more directories: %[1]s is %[2]s", "系统不允许监视更多目录：%[1]s 为 %[2]s"},
	"hint.watch-limit":      {"raise it: sudo sysctl %[1]s=524288", "调大它：sudo sysctl %[1]s=524288"},
}
