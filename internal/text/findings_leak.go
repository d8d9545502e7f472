package text

// leaks are the sentences of the leak family. Keys and arguments:
//
//	finding.leak/map.title[.perhaps]    holder, kind of container (Text), entries (int), bytes
//	finding.leak/map.change.KIND        holder; KIND is map, slice, list, chan
//	finding.leak/map.change.bound       holder
//	finding.leak/goroutine.title        number (int), function: proved
//	finding.leak/goroutine.title.waits  number (int), function: not proved
//	finding.leak/goroutine.change.*     function
//	finding.leak/listener.title[.perhaps]  number (int), list (Text)
//	finding.leak/listener.change        holder
//	finding.leak/timer.title            number (int), function that makes them
//	finding.leak/timer.title.calls      number (int), function that they call
//	finding.leak/widget-detached.title  number (int), holder, type
//	finding.leak/widget-detached.change holder
//	finding.leak/window-closed.title    number (int), holder
//	finding.leak/window-closed.change   holder
//	finding.leak/image.title            number (int), bytes, holder
//	finding.leak/image.change           holder
//	finding.leak/finalizer.title        number (int), type
//	finding.leak/finalizer.title.queue  number (int), function that runs
//	finding.leak/finalizer.change       type
//	finding.leak/finalizer.change.queue function that runs
//	finding.leak/subslice.title         bytes used, bytes of the array, holder, number (int)
//	finding.leak/subslice.change        holder
//	finding.leak/none-scavenger.title   bytes
//	finding.leak/….now, ….change.KIT    no argument
//	remedy.now.leak.save                pid (int)
//	remedy.change.leak.toolkit          holder
//
//	why.leak.grew, .fell     looks (int), duration, first (int), last (int)
//	why.leak.same            looks (int), duration, number (int)
//	why.leak.rate            objects a second, bytes a second, confidence
//	why.leak.hour            bytes in an hour, bytes now
//	why.leak.hour.left       bytes in an hour, bytes that are left
//	why.leak.retained        bytes
//	why.leak.held            holder, root (Text)
//	why.leak.held.chains     holder, root (Text), number of equal chains (int)
//	why.leak.calls           function
//	why.leak.site            function, file:line
//	why.leak.with            type, number (int), holder
//	why.leak.label           holder, what it is to the toolkit
//	why.leak.keys            keys
//	why.leak.closures        function, file:line
//	why.leak.shown           open windows (int), objects that they show (int)
//	why.leak.closed          open windows (int)
//	why.leak.pixels          millions of pixels
//	why.leak.outside         bytes
//	why.leak.proof, .waits   what they wait for
//	why.leak.created         function, file:line
//	why.leak.since           duration
//	why.leak.stacks          bytes
//	why.leak.runner          function, file:line
//	why.leak.queue           number at the last look (int), at the first (int)
//	why.leak.cycle           type
//	why.leak.backing         bytes of the array, bytes used, references (int)
//	why.leak.free            bytes, share, bytes resident
//	why.leak.free.live       bytes
//	why.leak.free.returns    bytes
//	why.less.leak.unsure     confidence
//	why.less.leak.expires    duration
var leaks = Table{
	"finding.leak/map.title":         {"%[1]s, a %[2]s, grows and nothing is removed from it: %[3]d entries, %[4]s", "%[1]s（%[2]s）只增不减：已有 %[3]d 项，占 %[4]s"},
	"finding.leak/map.title.perhaps": {"%[1]s, a %[2]s, has grown: %[3]d entries, %[4]s", "%[1]s（%[2]s）变大了：%[3]d 项，占 %[4]s"},
	"finding.leak/map.now":           {"only a restart frees it now; until then, do less of what adds the entries", "现在只有重启才能释放；在此之前，少做会增加条目的操作"},
	"finding.leak/map.change.map": {
		"delete the entry of %[1]s where what it stands for ends: closed, answered, gone",
		"对应的事物结束时（关闭、应答完、消失）从 %[1]s 中 delete 那一项"},
	"finding.leak/map.change.slice": {
		"cut %[1]s down when you append to it, and clear what you cut off (slices.Delete does), or keep the last n in a ring",
		"向 %[1]s 追加时同时裁短，并清零裁掉的部分（slices.Delete 会清零），或用环形缓冲只留最后 n 个"},
	"finding.leak/map.change.list": {
		"remove from %[1]s what is done with, where it is done with",
		"用完的元素在用完之处就从 %[1]s 中移除"},
	"finding.leak/map.change.chan": {
		"receive from %[1]s faster than is sent, or drop when it is full: select { case ch <- v: default: }",
		"让 %[1]s 的接收快过发送，或在满时丢弃：select { case ch <- v: default: }"},
	"finding.leak/map.change.bound": {
		"a cache needs a bound: give %[1]s a largest size and evict the oldest, or hold values by weak.Pointer",
		"缓存必须有上限：给 %[1]s 定一个最大容量并淘汰最旧的，或用 weak.Pointer 保存值"},

	"finding.leak/goroutine.title":       {"%[1]d goroutines are blocked for good in %[2]s", "%[1]d 个 goroutine 永远阻塞在 %[2]s 里"},
	"finding.leak/goroutine.title.waits": {"more and more goroutines wait in %[2]s: %[1]d", "停在 %[2]s 里的 goroutine 越来越多：%[1]d 个"},
	"finding.leak/goroutine.now":         {"nothing can wake them: only a restart frees them", "没有什么能唤醒它们：只有重启才能释放"},
	"finding.leak/goroutine.change.receive": {
		"close the channel that %[1]s receives from on every path, also when there is an error",
		"在每条路径上（包括出错时）关闭 %[1]s 所接收的 channel"},
	"finding.leak/goroutine.change.send": {
		"let %[1]s send into a channel with room for one (make(chan T, 1)), so that it ends when nobody receives any more",
		"让 %[1]s 发送到容量为一的 channel（make(chan T, 1)），即使没人再接收也能结束"},
	"finding.leak/goroutine.change.select": {
		"give the select in %[1]s a case that ends it: <-ctx.Done(), or a channel that is closed",
		"给 %[1]s 里的 select 加一个能结束它的分支：<-ctx.Done()，或一个会被关闭的 channel"},
	"finding.leak/goroutine.change.sync": {
		"look for the Unlock, Done or Signal that %[1]s waits for and that a return or a panic left out: use defer",
		"找出 %[1]s 所等的、被 return 或 panic 跳过的 Unlock、Done 或 Signal：用 defer"},
	"finding.leak/goroutine.change.context": {
		"whoever starts %[1]s must be able to end it: pass a context, and cancel it when the window or the request ends",
		"启动 %[1]s 的一方必须能结束它：传入 context，并在窗口或请求结束时取消"},

	"finding.leak/listener.title":         {"%[1]d callbacks are registered in %[2]s and never removed", "%[2]s 中登记了 %[1]d 个回调，从未移除"},
	"finding.leak/listener.title.perhaps": {"%[1]d callbacks are registered in %[2]s", "%[2]s 中登记了 %[1]d 个回调"},
	"finding.leak/listener.now":           {"each of them is called, too: the program gets slower until it is restarted", "每个回调还都会被调用：重启之前程序会越来越慢"},
	"finding.leak/listener.change":        {"remove the callback from %[1]s when what it updates goes away: keep what the registration returned, and call its counterpart", "回调所更新的对象消失时，把回调从 %[1]s 中移除：保留登记时的返回值，并调用对应的移除函数"},
	"finding.leak/listener.change.once": {
		"register once, where the object is made, and not each time it is shown, drawn or refreshed",
		"只在创建对象时登记一次，不要在每次显示、绘制或刷新时登记"},
	"finding.leak/listener.change.fyne": {
		"Fyne: keep the binding.DataListener and call RemoveListener, or Unbind the widget, in the window's SetOnClosed",
		"Fyne：保留 binding.DataListener 并调用 RemoveListener，或在窗口的 SetOnClosed 里对控件调用 Unbind"},

	"finding.leak/timer.title":       {"more and more timers and tickers run and nobody stops them: %[1]d, made in %[2]s", "定时器越来越多，没有人停止它们：%[1]d 个，来自 %[2]s"},
	"finding.leak/timer.title.calls": {"more and more timers run and nobody stops them: %[1]d, which call %[2]s", "定时器越来越多，没有人停止它们：%[1]d 个，调用 %[2]s"},
	"finding.leak/timer.now":         {"each of them wakes the program: it also costs CPU until it is restarted", "每个定时器都会唤醒程序：重启之前还会占用 CPU"},
	"finding.leak/timer.change":      {"call Stop where the ticker's work ends: defer t.Stop() in the goroutine that reads it", "在定时器工作结束之处调用 Stop：在读取它的 goroutine 里写 defer t.Stop()"},
	"finding.leak/timer.change.after": {
		"in a loop, one timer with Reset instead of time.After or time.AfterFunc in each turn; keep what AfterFunc returns and Stop it",
		"在循环中用一个定时器加 Reset，而不是每轮都 time.After 或 time.AfterFunc；保留 AfterFunc 的返回值并 Stop"},

	"finding.leak/widget-detached.title": {"%[1]d widgets that no window shows are still held, by %[2]s: %[3]s", "%[1]d 个控件没有任何窗口显示，却仍被 %[2]s 持有：%[3]s"},
	"finding.leak/widget-detached.now":   {"closing and opening the window does not free them; a restart does", "关闭再打开窗口无法释放它们，重启可以"},
	"finding.leak/widget-detached.change": {
		"let go of the widgets where they are taken out of the window: delete them from %[1]s, or reuse them instead of making new ones",
		"把控件移出窗口时同时放手：从 %[1]s 中删除，或复用而不是新建"},
	"finding.leak/widget-detached.change.fyne": {
		"Fyne: change a widget with SetText or Refresh instead of making a new one; widget.List and widget.Table reuse their rows",
		"Fyne：用 SetText 或 Refresh 修改控件，不要新建；widget.List 和 widget.Table 会复用行"},
	"finding.leak/widget-detached.change.gio": {
		"Gio: widget state lives in your own structs and maps: delete the state of a row together with the row",
		"Gio：控件状态保存在你自己的结构体和 map 里：删除一行时同时删除它的状态"},

	"finding.leak/window-closed.title.one":  {"a closed window is still held, with all that it showed, by %[2]s", "一个已关闭的窗口连同其全部内容仍被 %[2]s 持有"},
	"finding.leak/window-closed.title.many": {"%[1]d closed windows are still held, with all that they showed, by %[2]s", "%[1]d 个已关闭的窗口连同其全部内容仍被 %[2]s 持有"},
	"finding.leak/window-closed.now":        {"hiding a window (Hide) and showing it again holds only one; each that is closed stays until a restart", "隐藏窗口（Hide）再显示只占一份；每关闭一个都会留到重启为止"},
	"finding.leak/window-closed.change": {
		"set %[1]s to nil, or delete the window from it, when the window is closed; a callback should not capture the window that it outlives",
		"窗口关闭时把 %[1]s 置为 nil，或从中删除该窗口；比窗口活得更久的回调不要捕获窗口"},
	"finding.leak/window-closed.change.fyne": {
		"Fyne: do so in SetOnClosed, where tickers are stopped and listeners removed, too",
		"Fyne：在 SetOnClosed 里做这件事，同时停止定时器、移除监听器"},

	"finding.leak/image.title":  {"more and more images are held by %[3]s and not released: %[1]d, %[2]s", "%[3]s 持有的图像越来越多且未释放：%[1]d 幅，%[2]s"},
	"finding.leak/image.now":    {"textures take graphics memory as well, which the account of the process does not show", "纹理还占用显存，进程的内存账目里看不到"},
	"finding.leak/image.change": {"keep an image and draw it again instead of making it anew; drop it from %[1]s when it is no longer shown", "保留图像并重复绘制，而不是每次新建；不再显示时从 %[1]s 中移除"},
	"finding.leak/image.change.ebitengine": {
		"Ebitengine: make images at start and Clear or Fill them; call Deallocate on what is done with; never NewImage in Update or Draw",
		"Ebitengine：在启动时创建图像并用 Clear 或 Fill 重用；用完的调用 Deallocate；不要在 Update 或 Draw 里 NewImage"},
	"finding.leak/image.change.gio": {
		"Gio: keep the paint.ImageOp as long as the picture is the same; each new ImageOp is a new texture",
		"Gio：图片不变就保留同一个 paint.ImageOp；每个新的 ImageOp 都是一张新纹理"},
	"finding.leak/image.change.fyne": {
		"Fyne: set the Image field of one canvas.Image and Refresh it, instead of making a canvas.Image for each picture",
		"Fyne：修改同一个 canvas.Image 的 Image 字段并 Refresh，而不是每张图片新建一个 canvas.Image"},

	"finding.leak/finalizer.title": {"%[1]d objects (%[2]s) have finalizers and refer to each other: they are never freed", "%[1]d 个对象（%[2]s）带有终结器且互相引用：永远不会被释放"},
	"finding.leak/finalizer.title.queue": {
		"the finalizer queue does not drain: %[1]d wait while %[2]s runs",
		"终结器队列排不空：%[2]s 在运行，还有 %[1]d 个在等"},
	"finding.leak/finalizer.now": {"nothing from outside can run them: only a restart frees the objects", "外部无法让它们运行：只有重启才能释放这些对象"},
	"finding.leak/finalizer.change": {
		"use runtime.AddCleanup, which works in cycles, instead of runtime.SetFinalizer on %[1]s; or break the cycle; better still, Close it",
		"对 %[1]s 改用能用于循环引用的 runtime.AddCleanup，而不是 runtime.SetFinalizer；或打破循环；最好显式 Close"},
	"finding.leak/finalizer.change.queue": {
		"one goroutine runs all finalizers, one after the other: %[1]s must not wait; let it start a goroutine for what takes long",
		"所有终结器由一个 goroutine 依次运行：%[1]s 不能等待；耗时的工作另起 goroutine"},

	"finding.leak/subslice.title": {"%[1]s that are in use keep an array of %[2]s alive, %[4]d times: %[3]s", "只用到 %[1]s，却让 %[2]s 的底层数组一直存活，共 %[4]d 处：%[3]s"},
	"finding.leak/subslice.now":   {"it does no harm beyond the memory; a restart frees it", "除占内存外没有别的害处；重启即可释放"},
	"finding.leak/subslice.change": {
		"copy what you keep: slices.Clone or bytes.Clone of the part, before it goes into %[1]s",
		"只留所需的副本：放进 %[1]s 之前对该部分用 slices.Clone 或 bytes.Clone"},
	"finding.leak/subslice.change.string": {
		"copy what you keep: strings.Clone of the part, before it goes into %[1]s",
		"只留所需的副本：放进 %[1]s 之前对该部分用 strings.Clone"},

	"finding.leak/none-scavenger.title": {"not a leak: %[1]s that Go has freed are not yet returned to the system", "不是泄漏：Go 已释放的 %[1]s 尚未归还系统"},
	"finding.leak/none-scavenger.now": {
		"nothing is wrong: the memory is used again, and goes back to the system little by little or when the system needs it",
		"没有问题：这些内存会被再次使用，并逐渐或在系统需要时归还"},
	"finding.leak/none-scavenger.change": {
		"where it must go at once, after a rare peak say, call debug.FreeOSMemory; GOMEMLIMIT keeps the peak down",
		"如果必须立即归还（例如罕见的峰值之后），调用 debug.FreeOSMemory；GOMEMLIMIT 可以压低峰值"},

	"remedy.now.leak.save": {"keep the evidence, then restart before memory runs out: gomedic leak %[1]d --save leak.gomedic", "先保存证据，再在内存耗尽前重启：gomedic leak %[1]d --save leak.gomedic"},
	"remedy.change.leak.toolkit": {
		"the toolkit itself holds them, in %[1]s: take a newer version of it, and use what there is again instead of making it anew",
		"是界面库自己在 %[1]s 中持有它们：请换用更新的版本，并重复使用已有的而不是新建"},
	"remedy.now.leak.watch": {"watch it for longer before you act: a program that warms up, and a cache that fills, look like this as well", "先观察更久再动手：程序预热、缓存填充时也是这个样子"},

	"why.leak.grew":         {"in %[1]d looks over %[2]s their number grew from %[3]d to %[4]d", "在 %[2]s内看了 %[1]d 次，数量从 %[3]d 增加到 %[4]d"},
	"why.leak.same":         {"in %[1]d looks over %[2]s their number stayed at %[3]d", "在 %[2]s内看了 %[1]d 次，数量一直是 %[3]d"},
	"why.leak.fell":         {"in %[1]d looks over %[2]s their number fell from %[3]d to %[4]d", "在 %[2]s内看了 %[1]d 次，数量从 %[3]d 减少到 %[4]d"},
	"why.leak.rate":         {"it grows by %[1]s and by %[2]s a second, without a break: %[3]s sure that it goes on", "每秒增加 %[1]s 个、%[2]s，没有间断：会持续下去的把握为 %[3]s"},
	"why.leak.hour":         {"at this rate it takes %[1]s more in an hour; the whole program has %[2]s now", "照此速度每小时再占 %[1]s；整个程序现在共占 %[2]s"},
	"why.leak.hour.left":    {"at this rate it takes %[1]s more in an hour; %[2]s are left", "照此速度每小时再占 %[1]s；剩余可用 %[2]s"},
	"why.leak.retained":     {"%[1]s would be freed with them", "它们连带占用 %[1]s"},
	"why.leak.held":         {"%[1]s holds them; the chain begins at %[2]s", "由 %[1]s 持有；引用链起点：%[2]s"},
	"why.leak.held.chains":  {"%[1]s holds them; the chain begins at %[2]s, and %[3]d objects hang on equal chains", "由 %[1]s 持有；引用链起点：%[2]s，%[3]d 个对象挂在相同的链上"},
	"why.leak.site":         {"the newest were allocated by %[1]s (%[2]s)", "最新的由 %[1]s（%[2]s）分配"},
	"why.leak.with":         {"%[1]s grows with it: %[2]d in %[3]s", "%[1]s 随之增长：%[3]s 中有 %[2]d 个"},
	"why.leak.label":        {"to the toolkit, %[1]s is: %[2]s", "对界面库而言，%[1]s 是：%[2]s"},
	"why.leak.keys":         {"keys of new entries: %[1]s", "新条目的键：%[1]s"},
	"why.leak.closures":     {"most of the callbacks are %[1]s (%[2]s)", "回调大多是 %[1]s（%[2]s）"},
	"why.leak.shown":        {"%[1]d open windows show %[2]d widgets; these are not among them", "%[1]d 个打开的窗口显示着 %[2]d 个控件，不包括这些"},
	"why.leak.closed":       {"the toolkit has marked them as closed; %[1]d windows are open", "界面库已将它们标记为关闭；现有 %[1]d 个窗口打开"},
	"why.leak.pixels":       {"they have %[1]s million pixels", "它们共有 %[1]s 百万像素"},
	"why.leak.outside":      {"outside of the Go heap they take about %[1]s", "在 Go 堆之外约占 %[1]s"},
	"why.leak.disposed":     {"they are disposed of, and still referred to", "它们已被处置，却仍被引用"},
	"why.leak.proof":        {"nothing that runs, or can be woken, has a reference to the %[1]s that they wait for", "任何在运行或能被唤醒的一方，都没有引用它们所等的 %[1]s"},
	"why.leak.waits":        {"they wait for %[1]s and have not moved between the looks", "它们在等 %[1]s，两次查看之间没有动过"},
	"why.leak.created":      {"%[1]s (%[2]s) has started them", "由 %[1]s（%[2]s）启动"},
	"why.leak.since":        {"the longest has waited for %[1]s", "最久的已等了 %[1]s"},
	"why.leak.stacks":       {"their stacks alone take %[1]s", "仅它们的栈就占 %[1]s"},
	"why.leak.runner":       {"the goroutine that runs finalizers stands in %[1]s (%[2]s)", "运行终结器的 goroutine 停在 %[1]s（%[2]s）"},
	"why.leak.queue":        {"%[1]d finalizers wait, %[2]d at the first look", "%[1]d 个终结器在等，第一次查看时是 %[2]d 个"},
	"why.leak.cycle":        {"the collector runs no finalizer of objects that lead to each other (runtime.SetFinalizer): %[1]s", "回收器不会运行互相引用的对象的终结器（runtime.SetFinalizer）：%[1]s"},
	"why.leak.backing":      {"of an array of %[1]s only %[2]s are referred to (references: %[3]d)", "%[1]s 的数组只有 %[2]s 被引用（引用数：%[3]d）"},
	"why.leak.calls":        {"when it fires it calls %[1]s", "到点时它调用 %[1]s"},
	"why.leak.free":         {"%[1]s of the heap are free and resident: %[2]s of the %[3]s that the program has", "堆中有 %[1]s 空闲且驻留：占程序 %[3]s 的 %[2]s"},
	"why.leak.free.live":    {"only %[1]s are objects in use", "在用的对象只有 %[1]s"},
	"why.leak.free.still":   {"what is in use did not grow between the looks", "两次查看之间，在用部分没有增长"},
	"why.leak.free.returns": {"the runtime gave %[1]s back to the system meanwhile", "其间运行时已归还系统 %[1]s"},

	"why.less.leak.once":    {"less sure: one look only, so it is not known whether it grows", "把握降低：只看了一次，不知道是否在增长"},
	"why.less.leak.small":   {"less urgent: it grows by less than 1 KiB and one object a second, and holds less than 1 MiB", "不急：每秒增长不到 1 KiB 和一个对象，占用不到 1 MiB"},
	"why.less.leak.falls":   {"less sure: it fell in between, as a cache with a bound does", "把握降低：其间曾下降，像有上限的缓存"},
	"why.less.leak.slows":   {"less sure: it grew more slowly in the end, as a program does that warms up", "把握降低：后来增长变慢，像程序在预热"},
	"why.less.leak.unsure":  {"less sure: that it goes on to grow is %[1]s sure", "把握降低：会继续增长的把握只有 %[1]s"},
	"why.less.leak.expires": {"less sure: the toolkit's cache lets go of them %[1]s after their last use, which is longer than was watched", "把握降低：界面库的缓存在最后一次使用 %[1]s后才会放手，比观察时间更长"},
	"why.less.leak.proof":   {"less sure: that nobody can wake them is not proved", "把握降低：尚未证明没有谁能唤醒它们"},
	"why.less.leak.chain":   {"less sure: no single reference on the chain is known to be the one at fault", "把握降低：链上没有哪一个引用能确定是问题所在"},
}
