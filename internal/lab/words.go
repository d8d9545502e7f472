package lab

import (
	"fmt"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Phrase is one sentence in each language: a fmt format.
type Phrase struct{ EN, ZH string }

// Words holds what the lab says to people.
var Words = map[string]Phrase{
	"help.pages": {"open the sick Go WebAssembly pages in a browser, and score gomedic wasm", "在浏览器中打开有故障的 Go WebAssembly 页面，并给 gomedic wasm 打分"},
	"help.pages.long": {`Serves the pages of lab/pages on loopback, each with the fault of its server,
its page or its Go program, runs gomedic wasm on each, and compares what it finds
with what it should. Modules are built once and kept in the cache. It needs
Chromium, Chrome or Edge.`, `在本机回环地址提供 lab/pages 中的页面，每个都带有服务器、页面或 Go 程序的故障，
对每个运行 gomedic wasm，并与应有的结果比较。模块只编译一次并保留在缓存中。
需要 Chromium、Chrome 或 Edge。`},
	"pages.sum":    {"%[1]d pages, %[2]d of them sick, %[3]d stripped: right id %[4]s, right place %[5]s", "%[1]d 个页面，其中 %[2]d 个有故障，%[3]d 个被裁剪：id 正确 %[4]s，位置正确 %[5]s"},
	"pages.false":  {"healthy, and found sick: %[1]s", "健康却被判有病：%[1]s"},
	"pages.missed": {"bars missed: %[1]s", "未达到的标准：%[1]s"},
	"help.reload":  {"run the cases of hot reload: each in a real window, under gomedic dev", "运行热重载用例：每个都在真实窗口中、由 gomedic dev 运行"},
	"help.reload.long": {`Runs programs of each toolkit under gomedic dev, edits, breaks and repairs their
source, saves it in all the ways that editors have, and looks at what they draw.
The cases are the files of lab/reload. The first run compiles the toolkits for
plugins, which takes minutes. Exit code 1: a case failed.`, `在 gomedic dev 下运行每种工具包的程序，修改、破坏并修复它们的源代码，
用编辑器的各种方式保存，并检查它们画出的内容。用例是 lab/reload 中的文件。
第一次运行要为插件编译各工具包，需要几分钟。退出码 1：有用例失败。`},
	"reload.sum": {"%[1]d of %[2]d cases passed", "%[2]d 个用例中通过 %[1]d 个"},

	"help.driver": {"examine a healthy program with recorded kernel logs", "用录下的内核日志检查一个健康的程序"},
	"help.driver.long": {`Starts one healthy program, and examines it with each recorded kernel log of
lab/driver, in which pids and times are made the program's. Each log must give the
finding that the case names, and the healthy ones none above info. Exit code 1: a
case failed.`, `启动一个健康的程序，用 lab/driver 中录下的每份内核日志检查它；日志中的进程号和
时间换成该程序的。每份日志必须给出用例指明的结论，健康的日志不得有高于 info 的
结论。退出码 1：有用例失败。`},
	"help.safe": {"start programs that fail with gomedic safe", "用 gomedic safe 启动会失败的程序"},
	"help.safe.long": {`Starts real programs of each toolkit under settings with which they fail: first as
it is, which must fail as the case says, then by gomedic safe, which must bring the
window back. The cases are the files of lab/safe. Exit code 1: a case failed.`, `在会使程序失败的设置下启动各界面库的真实程序：先照原样启动，必须如用例所述
失败；再用 gomedic safe 启动，窗口必须恢复。用例是 lab/safe 中的文件。
退出码 1：有用例失败。`},

	"name":    {"fault", "故障"},
	"toolkit": {"toolkit", "界面库"},
	"build":   {"build", "构建"},
	"user":    {"user", "用户"},
	"id":      {"finding", "结论"},
	"found":   {"found", "检出"},
	"place":   {"place", "位置"},
	"blocker": {"blocker", "阻塞者"},
	"chain":   {"chain", "引用链"},
	"took":    {"verdict", "用时"},
	"pause":   {"pause", "暂停"},

	"yes":      {"yes", "是"},
	"no":       {"NO", "否"},
	"-":        {"-", "-"},
	"plain":    {"plain", "普通"},
	"stripped": {"stripped", "去符号"},
	"root":     {"root", "root"},
	"ordinary": {"ordinary", "普通用户"},
	"healthy":  {"healthy", "健康"},
	"nothing":  {"nothing", "无"},

	// Below the table. A finding id and its function; free text.
	"false": {"must not be: %[1]s", "误报：%[1]s"},
	// A run that was not made, and why.
	"skipped": {"skipped: %s", "已跳过：%s"},

	// The sum. Numbers and percentages.
	"sum.recall":    {"recall %.1f %% (%d of %d sick programs), precision %.1f %%, %d false P0 or P1 (%d runs of healthy programs)", "召回率 %.1f %%（%[3]d 个故障程序检出 %[2]d 个），精确率 %.1[4]f %%，P0/P1 误报 %[5]d 项（健康程序运行 %[6]d 次）"},
	"sum.place":     {"right function %.1f %%, right blocker %.1f %%", "函数定位正确 %.1f %%，阻塞者正确 %.1f %%"},
	"sum.time":      {"time to verdict: median %.1f s, slowest %.1f s; longest pause %.1f ms", "得出结论用时：中位数 %.1f 秒，最慢 %.1f 秒；最长暂停 %.1f 毫秒"},
	"sum.leaks":     {"leaks: right finding %.1f %% (%d of %d, %d of them stripped), right root chain %.1f %%, right function %.1f %%; %d findings above info on healthy programs (%d runs)", "泄漏：结论正确 %.1f %%（%[3]d 个泄漏程序检出 %[2]d 个，其中去符号 %[4]d 个），根引用链正确 %.1[5]f %%，函数定位正确 %.1[6]f %%；健康程序上高于 info 的误报 %[7]d 项（运行 %[8]d 次）"},
	"sum.held":      {"all bars are held", "各项指标全部达标"},
	"sum.missed":    {"bar missed: %s", "未达标：%s"},
	"sum.none":      {"no run was made", "没有运行任何程序"},
	"missed.recall": {"recall must be 100 %", "召回率须为 100 %"},
	"missed.false":  {"no false P0 or P1 may come", "不得有 P0 或 P1 误报"},
	"missed.place":  {"the function must be right in 100 %", "函数定位须 100 % 正确"},

	"missed.blocker": {"the blocker must be right in 95 %", "阻塞者须 95 % 正确"},

	"missed.leak":       {"leaks must be found in 95 %", "泄漏须 95 % 检出"},
	"missed.leak-chain": {"the root chain of a leak must be right in 95 %", "泄漏的根引用链须 95 % 正确"},
	"missed.leak-false": {"gomedic leak must find nothing above info in healthy programs", "gomedic leak 不得对健康程序给出高于 info 的结论"},

	// Progress. A program, a build; the number, of how many.
	"progress.build": {"building %s (%s); the first time takes minutes", "正在构建 %s（%s）；首次构建需要几分钟"},
	"progress.skip":  {"    skipped: %s", "    已跳过：%s"},
	"progress.run":   {"[%d/%d] %s, %s, %s", "[%d/%d] %s，%s，%s"},

	// lab run. A process id, and the command of gomedic that is meant for it.
	"run.healthy": {"pid %[1]d is running. Try: gomedic %[2]s %[1]d   (Ctrl-C ends it)", "pid %[1]d 正在运行。可以试试：gomedic %[2]s %[1]d   （按 Ctrl-C 结束）"},
	"run.ill":     {"pid %[1]d is ill now. Try: gomedic %[2]s %[1]d   (Ctrl-C ends it)", "pid %[1]d 已经发病。可以试试：gomedic %[2]s %[1]d   （按 Ctrl-C 结束）"},
	"run.ended":   {"the program has ended", "程序已结束"},

	// The commands' help.
	"help.lab":        {"Reproduce an illness; score gomedic against all of them", "重现故障；用全部故障给 gomedic 打分"},
	"help.lab.long":   {"The lab holds small GUI programs that are ill in one known way each, and some healthy ones. It is part of gomedic's source: run these commands in a checkout.", "故障库由一批小型图形界面程序组成：每个程序带有一种已知的故障，另有若干健康程序。故障库在 gomedic 的源码中，请在源码目录内运行这些命令。"},
	"help.list":       {"List the faults and what must be found", "列出全部故障及应得出的结论"},
	"help.run":        {"Build one program, start it and let it fall ill", "构建并启动一个程序，使其出现故障"},
	"help.score":      {"Run all programs, examine each and compare", "运行全部程序，逐个检查并比对结果"},
	"help.score.long": {"Builds every program plain and stripped, starts each under Xvfb, runs gomedic check on it as a user would, or gomedic leak on those that leak, and compares id, function, blocker and root chain with what must come out. Exits 1 when a bar is missed: recall 100 %, no false P0 or P1, function 100 %, blocker 95 %; of leaks: id 95 %, root chain 95 %, nothing above info on healthy programs.", "分别以普通和去符号两种方式构建每个程序，在 Xvfb 下启动，像用户那样运行 gomedic check（对泄漏程序运行 gomedic leak），再把结论编号、函数、阻塞者和根引用链与预期比对。有一项指标未达标即以 1 退出：召回率 100 %、无 P0/P1 误报、函数 100 %、阻塞者 95 %；泄漏：结论编号 95 %、根引用链 95 %、健康程序上无高于 info 的结论。"},
	"flag.dir":        {"the lab's `folder` (default: lab/ here or further up)", "故障库`目录`（默认：当前目录或上级目录中的 lab/）"},
	"flag.cache":      {"`folder` for the built programs (default: build/lab beside the lab)", "存放构建结果的`目录`（默认：故障库旁的 build/lab）"},
	"flag.display":    {"use the display of this session instead of Xvfb", "使用当前会话的显示器，而不是 Xvfb"},
	"flag.only":       {"only faults whose name matches this `regexp`", "只运行名称匹配此`正则表达式`的故障"},
	"flag.only.hint":  {"write a regular expression, such as --only '^fyne-'", "请写正则表达式，例如 --only '^fyne-'"},
	"flag.short":      {"a short selection, each program once", "只运行精选的一部分，每个程序一次"},
	"flag.stripped":   {"the stripped build", "使用去符号的构建"},
	"flag.check":      {"run gomedic check on it (gomedic leak, if it leaks), print the verdict and end the program", "对它运行 gomedic check（泄漏程序则为 gomedic leak），打印结论后结束程序"},

	// Failures: what, and what to do.
	"fail.dir":          {"the lab's source is not here", "这里没有故障库的源码"},
	"fail.dir.hint":     {"run this in a checkout of gomedic, or name the folder with --dir", "请在 gomedic 的源码目录内运行，或用 --dir 指定目录"},
	"fail.source":       {"the lab's table of faults cannot be read", "读不懂故障库的故障表"},
	"fail.source.hint":  {"lab/README.md says how a fault is written", "故障的写法见 lab/README.md"},
	"fail.name":         {"there is no fault %q", "没有名为 %q 的故障"},
	"fail.name.hint":    {"gomedic lab list names them all", "gomedic lab list 可列出全部故障"},
	"fail.build":        {"%s cannot be built: %s", "无法构建 %s：%s"},
	"fail.build.hint":   {"it needs Go, a C compiler and the toolkits' C libraries; on Debian and Ubuntu: apt-get install %s", "需要 Go、C 编译器以及各界面库所需的 C 库；在 Debian 和 Ubuntu 上：apt-get install %s"},
	"fail.xvfb":         {"Xvfb cannot be started", "无法启动 Xvfb"},
	"fail.xvfb.hint":    {"install it (Debian: apt-get install xvfb; Fedora: dnf install xorg-x11-server-Xvfb; Arch: pacman -S xorg-server-xvfb), or use your own display with --display", "请安装它（Debian：apt-get install xvfb；Fedora：dnf install xorg-x11-server-Xvfb；Arch：pacman -S xorg-server-xvfb），或用 --display 使用自己的显示器"},
	"fail.display":      {"this session has no X display", "当前会话没有 X 显示器"},
	"fail.display.hint": {"leave out --display to use Xvfb, or set DISPLAY", "去掉 --display 以使用 Xvfb，或设置 DISPLAY"},
	"fail.system":       {"the lab runs on Linux only", "故障库只能在 Linux 上运行"},
	"fail.system.hint":  {"run it in a Linux machine, container or virtual machine", "请在 Linux 机器、容器或虚拟机中运行"},
	"fail.start":        {"%s did not fall ill: %s", "%s 没有出现故障：%s"},
	"fail.start.hint":   {"start it by hand to see more: gomedic lab run %s", "请手动启动以查看详情：gomedic lab run %s"},
	"fail.files":        {"the lab's temporary files cannot be written", "无法写入故障库的临时文件"},
	"fail.files.hint":   {"look for space and rights in %s, or set TMPDIR", "请检查 %s 的空间和权限，或设置 TMPDIR"},
}

// Packages are the Debian packages that the programs need to build and run.
const Packages = "gcc pkg-config xvfb libgl1-mesa-dev xorg-dev libwayland-dev libxkbcommon-dev libxkbcommon-x11-dev libegl1-mesa-dev libgles2-mesa-dev libvulkan-dev libx11-xcb-dev libxcursor-dev libxfixes-dev libasound2-dev mesa-vulkan-drivers"

// Say returns the words named key in lang.
func Say(lang text.Lang, key string, args ...any) string {
	entry, ok := Words[key]
	if !ok {
		return key
	}
	format := entry.EN
	if lang == text.Chinese {
		format = entry.ZH
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// fail returns the failure named key in lang; its hint is named key.hint.
func fail(lang text.Lang, err error, key string, hintArgs []any, args ...any) error {
	return report.Fail(err, text.Literal(Say(lang, key, args...)), text.Literal(Say(lang, key+".hint", hintArgs...)))
}
