package text

// pageRuntime are the sentences on the Go program of a page, read from its memory. Keys
// and arguments:
//
//	finding.wasm/deadlock.title, .title.callback  function
//	finding.wasm/deadlock.title.blocker, .self    waiting function, function that has what it waits for
//	why.page.other                                goroutine (int), function, file:line
//	why.page.callback                             goroutine (int)
//	why.page.fatal                                the runtime's words
//	error.page-load, error.page-version           address; why; Go version, known versions
var pageRuntime = Table{
	"finding.wasm/deadlock.title":          {"%[1]s waits for ever, and the page with it", "%[1]s 永远在等待，页面也停在那里"},
	"finding.wasm/deadlock.title.blocker":  {"%[1]s waits for ever: %[2]s, which could end it, waits for ever as well", "%[1]s 永远在等待：能结束它的 %[2]s 自己也永远在等待"},
	"finding.wasm/deadlock.title.self":     {"%[1]s waits for ever for a lock that its own goroutine holds, in %[2]s", "%[1]s 永远在等待一把由它自己的协程在 %[2]s 中持有的锁"},
	"finding.wasm/deadlock.title.callback": {"the callback %[1]s waits, the page's thread with it, and nothing can end that: the program was ended", "回调 %[1]s 在等待，页面的线程随之停住，没有什么能结束它：程序已被终止"},
	"finding.wasm/deadlock.title.unknown":  {"all goroutines wait for ever: the program was ended", "所有协程都永远在等待：程序已被终止"},
	"finding.wasm/deadlock.now":            {"reload the page: what it waits for will not come", "重新加载页面：它等的东西不会来了"},
	"finding.wasm/deadlock.change.serve":   {"see to it that what %[1]s waits for comes in every case, also after an error: send, close or Done with defer", "确保 %[1]s 等待的东西在任何情况下（包括出错后）都会到来：用 defer 发送、关闭或 Done"},
	"finding.wasm/deadlock.change.listen":  {"register callbacks (js.FuncOf) and timers before main waits; a main that only stays alive for them ends with select {}", "在 main 等待之前注册回调（js.FuncOf）和定时器；只为它们保持存活的 main 以 select {} 结束"},
	"finding.wasm/deadlock.change.callback": {"do not wait in a callback of js.FuncOf: JavaScript stands until it returns; start a goroutine there: go func() { … }()",
		"不要在 js.FuncOf 的回调里等待：回调返回之前 JavaScript 停住不动；在里面启动协程：go func() { … }()"},
	"finding.wasm/deadlock.change.order": {"take locks in the same order everywhere, or hold one at a time", "各处按同样的顺序加锁，或一次只持有一把锁"},

	"why.page.nothing":  {"nothing can happen in the program any more: no goroutine can run, no timer is set, and there is no Go function that JavaScript could call", "程序里不会再发生任何事：没有可运行的协程，没有定时器，也没有 JavaScript 能调用的 Go 函数"},
	"why.page.undrawn":  {"the program has changed nothing in the page", "程序没有改动过页面"},
	"why.page.proof":    {"what it waits for can be reached by no goroutine that runs or can be woken, by no variable and by no callback", "它等待的对象，任何运行着或能被唤醒的协程、任何变量和回调都够不到"},
	"why.page.other":    {"goroutine %[1]d has it, and waits for ever as well: %[2]s at %[3]s", "协程 %[1]d 持有它，但也永远在等待：%[2]s，位于 %[3]s"},
	"why.page.callback": {"JavaScript has called goroutine %[1]d and waits for it to return", "JavaScript 调用了协程 %[1]d，正等它返回"},
	"why.page.fatal":    {"the runtime ended the program: %[1]s", "运行时终止了程序：%[1]s"},

	"limit.page-busy.why":       {"the page's thread did not answer, and could not be stopped in Go code", "页面的线程没有应答，也无法停在 Go 代码里"},
	"limit.page-busy.help":      {"gomedic wasm URL shows what it does in JavaScript and in the browser", "gomedic wasm URL 可以显示它在 JavaScript 和浏览器里做什么"},
	"limit.page-heap.why":       {"the heap of the page's program could not be read: which waits nothing can end is not known", "无法读取页面程序的堆：不知道哪些等待不会结束"},
	"limit.page-heap.help":      {"try again; a program that changes while it is copied is seldom caught twice", "请再试一次；复制途中变化的程序很少会连续两次碰上"},
	"limit.page-moved.why":      {"the program ran while the rest of its large memory was copied: which waits nothing can end is not known", "程序的内存很大，复制其余部分时它又运行了：不知道哪些等待不会结束"},
	"limit.page-moved.help":     {"gomedic leak URL copies the heap at one moment, and tells goroutines that wait for ever; the page stands a little longer for it", "gomedic leak URL 会在同一时刻复制整个堆，并指出永远等待的协程；页面会因此停得稍久一些"},
	"limit.page-callbacks.why":  {"the functions that JavaScript can call could not be counted", "无法统计 JavaScript 能调用的函数"},
	"limit.page-callbacks.help": {"programs built with GOEXPERIMENT=noswissmap keep them in another form", "用 GOEXPERIMENT=noswissmap 构建的程序以另一种形式保存它们"},

	"report.healthy.page":       {"Nothing wrong was found: the page's thread answers, and no goroutine keeps it", "没有发现问题：页面的线程有应答，没有协程占住它"},
	"report.healthy.page-ended": {"The page's Go program has ended; of a freeze nothing was found", "页面的 Go 程序已经结束；没有发现卡死"},
	"report.looked.page":        {"%[1]s of memory, in %[2]s", "内存 %[1]s，浏览器 %[2]s"},
	"report.looked.page.exited": {"exit code %[1]d", "退出码 %[1]d"},
	"report.looked.page.wakes":  {"JavaScript can call %[1]d Go functions, and %[2]d timers are set", "JavaScript 可以调用 %[1]d 个 Go 函数，设置了 %[2]d 个定时器"},

	"remedy.change.page.callback": {"let the callback return at once and wait in a goroutine that it starts: go func() { … }(); JavaScript stands until the callback returns",
		"让回调立即返回，在它启动的协程里等待：go func() { … }()；回调返回之前 JavaScript 停住不动"},
	"remedy.change.page.steps":  {"do the work of %[1]s in steps of a few milliseconds, with time.Sleep(time.Millisecond) between them in a goroutine: a page has one thread, and Gosched does not give it back to JavaScript", "把 %[1]s 的工作分成每步几毫秒，放在协程里并在步与步之间 time.Sleep(time.Millisecond)：页面只有一个线程，Gosched 不会把它还给 JavaScript"},
	"remedy.change.page.worker": {"or run the program in a Web Worker: the page goes on meanwhile", "或者在 Web Worker 里运行程序：页面就不会停住"},

	"limit.heap-page.why":  {"a copy of the page's memory was made for each look", "每次查看都复制了一份页面的内存"},
	"limit.heap-page.help": {"the lines that allocate are not known: where a type grows, look for what makes it", "因此不知道分配内存的代码行：看到哪种类型增长，就找是谁创建了它"},

	"cli.page.opening":       {"opening %[1]s", "正在打开 %[1]s"},
	"error.page-address":     {"%[1]s is no address of a page", "%[1]s 不是页面地址"},
	"hint.page-address":      {"write it as in the browser: https://host/path", "请像在浏览器里那样写：https://host/path"},
	"error.page-load":        {"no Go program came to run in %[1]s", "%[1]s 中没有运行起来的 Go 程序"},
	"hint.page-load":         {"gomedic wasm %[1]s shows how far it comes", "gomedic wasm %[1]s 会显示它走到了哪一步"},
	"error.page-load.why":    {"no Go program came to run in %[1]s: %[2]s", "%[1]s 中没有运行起来的 Go 程序：%[2]s"},
	"hint.page-load.why":     {"gomedic wasm %[1]s shows how far it comes", "gomedic wasm %[1]s 会显示它走到了哪一步"},
	"error.page-crashed":     {"the page, or its browser, crashed", "页面或浏览器崩溃了"},
	"hint.page-crashed":      {"look at it with gomedic wasm URL --show", "用 gomedic wasm URL --show 查看"},
	"error.page-busy":        {"the page's thread does not answer, and does not stop", "页面的线程没有应答，也停不下来"},
	"hint.page-busy":         {"open the page anew: without --attach it can be looked into from the start", "重新打开页面：不用 --attach 就能从一开始看进去"},
	"error.page-restarted":   {"the page starts its program anew faster than it can be looked at", "页面重新启动程序太快，来不及查看"},
	"hint.page-restarted":    {"gomedic wasm URL shows whether it fails and is started again", "gomedic wasm URL 可以显示它是否失败后又被重新启动"},
	"error.page-no-browser":  {"no browser was found", "没有找到浏览器"},
	"hint.page-no-browser":   {"install Chromium, Chrome or Edge, or name one: --browser PATH", "请安装 Chromium、Chrome 或 Edge，或用 --browser PATH 指定"},
	"error.page-no-tab":      {"no tab of the browser shows %[1]s", "浏览器没有显示 %[1]s 的标签页"},
	"hint.page-no-tab":       {"open it there, or leave out --attach", "在浏览器里打开它，或去掉 --attach"},
	"error.page-browser":     {"the browser does not work with gomedic: %[1]s", "浏览器无法与 gomedic 配合：%[1]s"},
	"hint.page-browser":      {"name another one: --browser PATH", "指定另一个浏览器：--browser PATH"},
	"error.page-watch":       {"a page cannot be watched for its next freeze", "不能等待页面的下一次卡死"},
	"hint.page-watch":        {"gomedic freeze URL looks at it now; with --attach ADDR at a tab as it is", "gomedic freeze URL 查看现在的状态；加上 --attach ADDR 则查看已打开的标签页"},
	"cli.flag.page-browser":  {"the browser's program, for a page", "浏览器程序的路径（用于页面）"},
	"cli.flag.page-attach":   {"ADDR of a browser that runs with remote debugging: the tab that shows the page is taken as it is", "已开启远程调试的浏览器的 ADDR：直接使用显示该页面的标签页"},
	"cli.flag.page-show":     {"open the page in a window, not headless", "在窗口中打开页面，而不是无界面模式"},
	"cli.flag.page-insecure": {"take certificates that the browser does not know", "接受浏览器不认识的证书"},
}
