package text

// frames are the words of `gomedic frames` and of the frames in reports.
var frames = Table{
	"cli.frames.short": {"show each frame, and why the late ones were late", "显示每一帧，以及慢帧的原因"},
	"cli.frames.long": {
		`Watch the frames of a program as they are drawn, and say of each late one where
its time went: your code, the toolkit, a lock, the network, the collector, the
scheduler, the driver.

On a terminal it is a live view that ends with q or Ctrl-C; piped, one line a
second and one for each late frame. At the end comes the report. A bundle made
with --save shows the same again.

Letters and colours say the cause; ? in the live view lists them.

Exit code: 0 healthy, 1 findings, 2 the command could not do its work.`,
		`在程序绘制时观察每一帧，并说明每个慢帧的时间花在哪里：
你的代码、界面库、锁、网络、垃圾回收、调度器还是显卡驱动。

在终端里是实时视图，按 q 或 Ctrl-C 结束；通过管道输出时，每秒一行，每个慢帧一行。
结束时给出报告。用 --save 存下的包可以重看同样的内容。

原因用字母和颜色表示；在实时视图里按 ? 可列出全部字母。

退出码：0 健康，1 有问题，2 命令未能完成。`,
	},
	"cli.frames.example": {
		`  gomedic frames 4711
  gomedic frames title:Orders --over 16ms
  gomedic frames 4711 --for 30s --save jank.gomedic --html jank.html
  gomedic frames 4711 --for 10s --perfetto jank.pftrace --pprof jank.pb.gz
  gomedic frames 4711 --json | jq -c 'select(.late)'
  gomedic frames jank.gomedic`,
		`  gomedic frames 4711
  gomedic frames title:订单 --over 16ms
  gomedic frames 4711 --for 30s --save jank.gomedic --html jank.html
  gomedic frames 4711 --for 10s --perfetto jank.pftrace --pprof jank.pb.gz
  gomedic frames 4711 --json | jq -c 'select(.late)'
  gomedic frames jank.gomedic`,
	},
	"cli.frames.flag.for":       {"how long to watch (default: until Ctrl-C on a terminal, else 10s)", "观察多久（默认：在终端里直到 Ctrl-C，否则 10s）"},
	"cli.frames.flag.over":      {"a frame whose work takes longer is late, or one that misses a refresh (default: one period of the display)", "工作用时超过此时长、或错过一次刷新的帧算慢帧（默认：显示器的一个周期）"},
	"cli.frames.flag.period":    {"the display's period, such as 16.7ms (default: ask the display)", "显示器周期，如 16.7ms（默认：询问显示器）"},
	"cli.frames.flag.no-probes": {"use no kernel probes: look often instead, and miss short frames", "不使用内核探针：改为频繁查看，会漏掉短帧"},
	"cli.frames.flag.gpu":       {"watch the calls into the graphics driver, too: how long each takes, what is made and not destroyed", "同时观察对显卡驱动的调用：各自耗时多久，哪些对象创建后没有销毁"},
	"cli.frames.flag.perfetto":  {"write a trace for ui.perfetto.dev to `file`", "把可用 ui.perfetto.dev 打开的跟踪写入`文件`"},
	"cli.frames.flag.pprof":     {"write the late frames' samples as a pprof profile to `file`", "把慢帧的采样写成 pprof 文件`文件`"},
	"cli.frames.flag.json":      {"print JSON lines (gomedic.frames/v1): frames, late frames, the report", "输出 JSON 行（gomedic.frames/v1）：帧、慢帧、报告"},
	"cli.frames.watching":       {"watching the frames of %[1]s (pid %[2]d); Ctrl-C ends it", "正在观察 %[1]s（pid %[2]d）的帧；按 Ctrl-C 结束"},

	"error.frames-target":  {"%[1]s has no frames: they can be seen in a running program, or in a bundle", "%[1]s 里没有帧：只能在运行中的程序或诊断包里看到帧"},
	"hint.frames-target":   {"gomedic lists the programs that run; make a bundle with gomedic frames TARGET --save FILE.gomedic", "用 gomedic 列出运行中的程序；用 gomedic frames TARGET --save FILE.gomedic 生成诊断包"},
	"error.frames-bundle":  {"the bundle %[1]s has no frames", "诊断包 %[1]s 里没有帧"},
	"hint.frames-bundle":   {"gomedic check %[1]s shows what it has", "用 gomedic check %[1]s 查看其中的内容"},
	"error.frames-for":     {"--for %[1]s is out of bounds", "--for %[1]s 超出范围"},
	"hint.frames-for":      {"between %[1]s and %[2]s", "取值在 %[1]s 到 %[2]s 之间"},
	"error.frames-over":    {"--%[1]s %[2]s is out of bounds", "--%[1]s %[2]s 超出范围"},
	"hint.frames-over":     {"between %[1]s and %[2]s, such as --%[3]s 16ms", "取值在 %[1]s 到 %[2]s 之间，例如 --%[3]s 16ms"},
	"error.frames-options": {"%[1]s does not go with a bundle: it was watched before", "%[1]s 不能与诊断包合用：观察早已结束"},
	"hint.frames-options":  {"leave it out", "去掉它"},

	"frames.heading":   {"Frames", "帧"},
	"frames.fps":       {"%[1]s fps", "%[1]s fps"},
	"frames.tps":       {"%[1]s tps", "%[1]s tps"},
	"frames.late.one":  {"%[2]d of %[1]d frame late", "%[1]d 帧中 %[2]d 帧慢"},
	"frames.late.many": {"%[2]d of %[1]d frames late", "%[1]d 帧中 %[2]d 帧慢"},
	"frames.dropped":   {"%[1]d dropped", "丢 %[1]d 帧"},
	"frames.p50":       {"p50 %[1]s", "p50 %[1]s"},
	"frames.p95":       {"p95 %[1]s", "p95 %[1]s"},
	"frames.p99":       {"p99 %[1]s", "p99 %[1]s"},
	"frames.max":       {"max %[1]s", "最长 %[1]s"},
	"frames.part":      {"%[1]s %[2]s", "%[1]s %[2]s"},
	"frames.parts":     {"parts of a frame:", "每帧各部分："},
	"frames.active":    {"drew for %[1]s, idle for %[2]s", "绘制 %[1]s，空闲 %[2]s"},
	"frames.drew":      {"drew for %[1]s", "绘制 %[1]s"},
	"frames.turns.one": {"%[1]d late turn that drew nothing", "%[1]d 轮慢循环没有绘制"},
	"frames.turns.many": {
		"%[1]d late turns that drew nothing", "%[1]d 轮慢循环没有绘制",
	},
	"frames.over":           {"late over %[1]s", "超过 %[1]s算慢"},
	"frames.period.display": {"display %[1]s Hz", "显示器 %[1]s Hz"},
	"frames.period.assumed": {"display %[1]s Hz (assumed)", "显示器 %[1]s Hz（假定）"},
	"frames.period.flag":    {"display %[1]s Hz (as you said)", "显示器 %[1]s Hz（由你指定）"},
	"frames.idle":           {"idle, nothing to draw", "空闲，无需绘制"},
	"frames.log.late":       {"late", "慢帧"},
	"frames.underway":       {"a frame has been in the making for %[1]s", "有一帧已处理了 %[1]s，还没完成"},
	"frames.sampled":        {"seen by looking often: short frames are missed", "通过频繁查看得到：短帧会漏掉"},
	"frames.lost":           {"%[1]d events came too fast to be read", "有 %[1]d 个事件来得太快，没能读到"},
	"frames.causes":         {"time of the late frames:", "慢帧的时间去向："},
	"frames.list":           {"Late frames", "慢帧"},
	"frames.list.last":      {"The last %[1]d of %[2]d late frames (-v shows all)", "%[2]d 个慢帧中的最后 %[1]d 个（-v 显示全部）"},
	"frames.healthy":        {"The frames are on time: nothing wrong was found", "帧都按时完成：没有发现问题"},
	"frames.healthy.idle":   {"Idle, nothing to draw: no frame was late", "空闲，无需绘制：没有慢帧"},
	"frames.healthy.none":   {"No frame was seen, so none was late", "没有看到任何帧，也就没有慢帧"},
	"frames.none":           {"no frame ended: there was nothing to draw, or the program hangs in one; gomedic check says which", "没有一帧完成：要么无需绘制，要么程序卡在某一帧里；gomedic check 能分辨"},
	"frames.healthy.late":   {"Some frames were late, but not so that a rule calls it ill", "有个别慢帧，但没有规则认为有问题"},

	"frames.part.events": {"events", "事件"},
	"frames.part.user":   {"user", "用户"},
	"frames.part.layout": {"layout", "布局"},
	"frames.part.draw":   {"draw", "绘制"},
	"frames.part.swap":   {"swap", "交换"},
	"frames.part.pace":   {"pace", "节奏等待"},

	"frames.cause.user":      {"your code", "你的代码"},
	"frames.cause.toolkit":   {"toolkit", "界面库"},
	"frames.cause.alloc":     {"allocation", "内存分配"},
	"frames.cause.gc":        {"collector", "垃圾回收"},
	"frames.cause.runnable":  {"no free Go processor", "没有空闲的 Go 处理器"},
	"frames.cause.preempted": {"CPU taken by others", "CPU 被占用"},
	"frames.cause.throttled": {"CPU quota used up", "CPU 配额用尽"},
	"frames.cause.stolen":    {"CPU not given to the VM", "虚拟机得不到 CPU"},
	"frames.cause.lock":      {"lock", "锁"},
	"frames.cause.cond":      {"Cond or WaitGroup", "Cond 或 WaitGroup"},
	"frames.cause.channel":   {"channel", "channel"},
	"frames.cause.sleep":     {"sleep", "睡眠"},
	"frames.cause.network":   {"network", "网络"},
	"frames.cause.disk":      {"file", "文件"},
	"frames.cause.process":   {"child process", "子进程"},
	"frames.cause.syscall":   {"system call", "系统调用"},
	"frames.cause.c":         {"C code", "C 代码"},
	"frames.cause.swap":      {"swap", "交换缓冲"},
	"frames.cause.driver":    {"graphics driver", "显卡驱动"},
	"frames.cause.pace":      {"waits on purpose", "有意等待"},
	"frames.cause.unknown":   {"not known", "未知"},

	"frames.family.user":    {"your code computes", "你的代码在计算"},
	"frames.family.wait":    {"waits for others", "等待其他对象"},
	"frames.family.toolkit": {"the toolkit computes", "界面库在计算"},
	"frames.family.memory":  {"memory", "内存"},
	"frames.family.sched":   {"ready, but not run", "就绪但没得到运行"},
	"frames.family.driver":  {"graphics driver", "显卡驱动"},
	"frames.family.c":       {"C code", "C 代码"},
	"frames.family.pace":    {"on purpose", "有意等待"},
	"frames.family.unknown": {"not known", "未知"},

	"live.paused":       {"paused", "已暂停"},
	"live.keys":         {"↑↓ select · enter open · p pause · ? help · q quit", "↑↓ 选择 · enter 打开 · p 暂停 · ? 帮助 · q 退出"},
	"live.keys.short":   {"↑↓ enter esc p ? q", "↑↓ enter esc p ? q"},
	"live.keys.detail":  {"esc back · ←→ older, newer · ↑↓ scroll · p pause · q quit", "esc 返回 · ←→ 前后帧 · ↑↓ 滚动 · p 暂停 · q 退出"},
	"live.keys.help":    {"esc back · ↑↓ scroll · q quit", "esc 返回 · ↑↓ 滚动 · q 退出"},
	"live.goroutine":    {"goroutine %[1]d (%[2]d of %[3]d, tab)", "goroutine %[1]d（第 %[2]d 个，共 %[3]d 个，tab 切换）"},
	"live.idle.since":   {"for %[1]s", "已 %[1]s"},
	"live.no-frames":    {"no frame yet", "还没有帧"},
	"live.none-late":    {"no late frames", "没有慢帧"},
	"live.late.one":     {"%[1]d late frame, newest first", "%[1]d 个慢帧，最新的在前"},
	"live.late.many":    {"%[1]d late frames, newest first", "%[1]d 个慢帧，最新的在前"},
	"live.causes":       {"late because of", "慢的原因"},
	"live.frame":        {"Frame #%[1]d took %[2]s", "第 %[1]d 帧用时 %[2]s"},
	"live.frame.at":     {"at %[1]s", "开始于 %[1]s"},
	"live.undrawn":      {"a turn that drew nothing", "没有绘制的一轮"},
	"live.before":       {"frames before:", "之前的帧："},
	"live.samples.one":  {"%[1]d sample", "%[1]d 次采样"},
	"live.samples.many": {"%[1]d samples", "%[1]d 次采样"},
	"live.help":         {"Keys", "按键"},
	"live.help.chart":   {"The chart", "图表"},
	"live.help.letters": {"What a late frame's time was spent on", "慢帧的时间花在哪里"},
	"live.help.keys": {
		`  ↑ ↓      select a late frame; scroll
  enter    open it: causes, stacks, frames before
  ← →      the one before, the one after
  esc      back
  p        pause, the watch goes on; again: catch up
  - +      more frames in a bar, fewer
  tab      the frames of another goroutine
  q        end the watch and print the report`,
		`  ↑ ↓      选择慢帧；滚动
  enter    打开：原因、调用栈、之前的帧
  ← →      上一个、下一个
  esc      返回
  p        暂停画面，观察继续；再按一次跟上
  - +      一条柱代表更多帧、更少帧
  tab      另一个 goroutine 的帧
  q        结束观察并打印报告`,
	},
	"live.help.bars": {
		`  A bar for each frame: the higher, the longer it took.
  ╌ late from here on    ┈ the display's period
  ▲ higher than the chart    · nothing to draw
  Under a late frame stands the letter of its main cause.`,
		`  每帧一条柱，越高表示用时越长。
  ╌ 超过此线算慢    ┈ 显示器周期
  ▲ 超出图表高度    · 无需绘制
  慢帧下方的字母表示主要原因。`,
	},

	"html.frames.fps":        {"fps", "fps"},
	"html.frames.tps":        {"tps", "tps"},
	"html.frames.idle":       {"idle for %[1]s", "空闲 %[1]s"},
	"html.frames.late":       {"late", "慢帧"},
	"html.frames.of":         {"of %[1]d frames", "共 %[1]d 帧"},
	"html.frames.dropped":    {"dropped", "丢帧"},
	"html.frames.max":        {"longest", "最长"},
	"html.frames.over":       {"late: %[1]s", "慢：%[1]s"},
	"html.frames.period":     {"display: %[1]s", "显示器：%[1]s"},
	"html.frames.ontime":     {"on time", "按时"},
	"html.frames.chart":      {"Each frame: how long it took", "每一帧用时"},
	"html.frames.grouped":    {"a bar is the slowest of %[1]d frames", "每条柱是 %[1]d 帧中最慢的一帧"},
	"html.frames.causes":     {"What the time of the late frames was spent on", "慢帧的时间去向"},
	"html.frames.flame":      {"Where in the code", "在代码的什么地方"},
	"html.frames.flame.help": {"The time of all late frames: causes at the top, the calls below them, outermost first. The wider, the longer. Full colour is your code. Point at a box to read it.", "全部慢帧的时间：最上面是原因，下面是调用，最外层在前。越宽表示越久。实色是你的代码。把鼠标移到方框上可看详情。"},
	"html.frames.late.more":  {"%[1]d earlier ones are left out; the bundle has them", "更早的 %[1]d 个未列出，诊断包中有"},
}
