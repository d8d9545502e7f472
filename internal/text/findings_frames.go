package text

// lateFrames are the sentences of findings about late frames, by the pattern of
// findings.go. Keys and arguments:
//
//	finding.ID.title.frames              user's function
//	finding.ID.title.frames.blocker      user's function, holder's function
//	finding.ID.title.frames.call         user's function, function it called
//	finding.ui-busy/layout.title.frames.self             toolkit's function
//	finding.ui-starved/gc.title.frames                   share
//	finding.ui-starved/gc.title.frames.caller            function, function it called
//	finding.ui-starved/scheduler.title.frames…           as those without "frames"
//	finding.ui-stalled/vsync.title.{halved,twice}        see there
//	finding.ui-thread/foreign-call.title.goroutine       user's function, toolkit's function, goroutine (int)
//
//	why.frames.late[.assumed]    late (int), of (int), longest, display period
//	why.frames.share             frames (int), share of the lost time
//	why.frames.in.{user,toolkit,alloc,wait,driver}  share, function, file:line
//	why.frames.gc                share
//	why.frames.caller            looks (int), of looks (int), goroutine (int), function it called, function, file:line
//	why.frames.later                                     toolkit's function, function
//	why.frames.alloc             share
//	why.frames.waits             times (int), in all, longest
//	why.frames.holder            goroutine (int), function, file:line
//	why.frames.{stopped,marking} duration, of duration
//	why.frames.ready[.lock|.driver] share
//	why.frames.rate              frames (int), duration, frames a second, display's
//	why.frames.free              share of presents that waited
//	why.frames.halved            intervals (int), of (int), periods (int)
//	why.frames.jitter            long intervals (int), of (int), changes (int)
//	why.frames.twice             own wait, function, other wait
//	why.frames.work              work of a frame, display period
//	why.frames.asked             swap interval (int)
//	why.frames.foreign           times (int), goroutine (int), function, toolkit's function
//
//	remedy.now.frames            pid (int)
var lateFrames = Table{
	"finding.ui-blocked/sleep.title.frames": {
		"frames come late: the UI sleeps in %[1]s",
		"画面掉帧：界面在 %[1]s 里睡眠"},
	"finding.ui-blocked/mutex.title.frames": {
		"frames come late: the UI waits for a lock in %[1]s",
		"画面掉帧：界面在 %[1]s 里等锁"},
	"finding.ui-blocked/mutex.title.frames.blocker": {
		"frames come late: in %[1]s the UI waits for a lock that %[2]s holds",
		"画面掉帧：界面在 %[1]s 里等锁，锁被 %[2]s 持有"},
	"finding.ui-blocked/cond.title.frames": {
		"frames come late: in %[1]s the UI waits for other goroutines (Cond, WaitGroup)",
		"画面掉帧：界面在 %[1]s 里等别的 goroutine（Cond、WaitGroup）"},
	"finding.ui-blocked/cond.title.frames.blocker": {
		"frames come late: in %[1]s the UI waits for %[2]s to finish or to signal",
		"画面掉帧：界面在 %[1]s 里等 %[2]s 完成或发出通知"},
	"finding.ui-blocked/channel.title.frames": {
		"frames come late: the UI waits on a channel in %[1]s",
		"画面掉帧：界面在 %[1]s 里等 channel"},
	"finding.ui-blocked/channel.title.frames.blocker": {
		"frames come late: in %[1]s the UI waits on a channel for %[2]s",
		"画面掉帧：界面在 %[1]s 里等 channel，对方是 %[2]s"},
	"finding.ui-blocked/network.title.frames": {
		"frames come late: the UI waits for the network in %[1]s",
		"画面掉帧：界面在 %[1]s 里等待网络"},
	"finding.ui-blocked/disk.title.frames": {
		"frames come late: the UI waits for files in %[1]s",
		"画面掉帧：界面在 %[1]s 里等待文件操作"},
	"finding.ui-blocked/process.title.frames": {
		"frames come late: the UI waits for child processes in %[1]s",
		"画面掉帧：界面在 %[1]s 里等待子进程"},
	"finding.ui-blocked/cgo.title.frames": {
		"frames come late: the UI is in C calls of %[1]s",
		"画面掉帧：界面停在 %[1]s 的 C 调用里"},
	"finding.ui-blocked/syscall.title.frames": {
		"frames come late: the UI is in system calls of %[1]s",
		"画面掉帧：界面停在 %[1]s 的系统调用里"},

	"finding.ui-busy/cpu.title.frames": {
		"frames come late: the UI computes in %[1]s",
		"画面掉帧：界面忙于 %[1]s 的计算"},
	"finding.ui-busy/layout.title.frames": {
		"frames come late: %[1]s gives the toolkit too much to do",
		"画面掉帧：%[1]s 交给界面库的工作太多"},
	"finding.ui-busy/layout.title.frames.call": {
		"frames come late: the toolkit is busy in %[2]s because of %[1]s",
		"画面掉帧：%[1]s 让界面库忙于 %[2]s"},
	"finding.ui-busy/layout.title.frames.self": {
		"frames come late: the toolkit itself is busy in %[1]s, for no call of yours",
		"画面掉帧：界面库自己忙于 %[1]s，不是由你的调用引起"},
	"finding.ui-busy/alloc.title.frames": {
		"frames come late: %[1]s allocates so much that memory costs more than the work",
		"画面掉帧：%[1]s 分配内存太多，开销超过了工作本身"},
	"finding.ui-busy/alloc.change.pool": {
		"keep buffers between frames: a field that is cut to [:0], or a sync.Pool; gomedic frames shows the lines that allocate",
		"在帧与帧之间保留缓冲：用截短为 [:0] 的字段或 sync.Pool；gomedic frames 会列出分配内存的行"},

	"finding.ui-starved/gc.title.frames": {
		"frames come late: the garbage collector holds up the UI for %[1]s of their time",
		"画面掉帧：这些帧有 %[1]s 的时间被垃圾回收拖住"},
	"finding.ui-starved/gc.title.frames.caller": {
		"frames come late: %[1]s keeps the garbage collector at work by calling %[2]s",
		"画面掉帧：%[1]s 调用 %[2]s，让垃圾回收一直在运行"},
	"finding.ui-starved/gc.change.caller": {
		"take %[2]s out of %[1]s: the collector runs by itself when enough was allocated (GOGC, GOMEMLIMIT); if memory must go back to the system, once after the work that needed it",
		"从 %[1]s 里去掉 %[2]s：分配够多时回收会自动运行（GOGC、GOMEMLIMIT）；若一定要把内存还给系统，在用完内存的工作之后调用一次即可"},
	"finding.ui-starved/gc.change.stop": {
		"call runtime.GC, debug.FreeOSMemory and runtime.ReadMemStats seldom: each stops the world, and the stop waits for code that cannot be preempted (runtime/metrics does not stop it)",
		"少调用 runtime.GC、debug.FreeOSMemory 和 runtime.ReadMemStats：每次都会暂停整个程序，还要等不可抢占的代码（runtime/metrics 不会暂停程序）"},

	"finding.ui-starved/scheduler.title.frames": {
		"frames come late: the UI is ready to run but gets no CPU",
		"画面掉帧：界面已就绪，却分不到 CPU"},
	"finding.ui-starved/scheduler.title.frames.goroutines": {
		"frames come late: other goroutines take the CPU, most of all %[1]s",
		"画面掉帧：CPU 被别的 goroutine 占着，占得最多的是 %[1]s"},
	"finding.ui-starved/scheduler.title.frames.gomaxprocs": {
		"frames come late: the UI waits its turn, and GOMAXPROCS allows only %[1]d of %[2]d CPUs",
		"画面掉帧：界面在排队等待运行，而 GOMAXPROCS 只允许用 %[1]d 个 CPU（机器有 %[2]d 个）"},
	"finding.ui-starved/scheduler.title.frames.queue": {
		"frames come late: the UI waits its turn behind other goroutines",
		"画面掉帧：界面排在别的 goroutine 后面等待运行"},
	"finding.ui-starved/scheduler.title.frames.own": {
		"frames come late: the program's own threads take the CPU from the UI",
		"画面掉帧：程序自己的其他线程抢走了界面的 CPU"},
	"finding.ui-starved/scheduler.title.frames.others": {
		"frames come late: other processes take the CPU: %[1]s CPUs",
		"画面掉帧：CPU 被别的进程占着：共占 %[1]s 个 CPU"},
	"finding.ui-starved/scheduler.title.frames.stolen": {
		"frames come late: the virtual machine does not get the CPU from its host",
		"画面掉帧：虚拟机没有从宿主机得到 CPU"},
	"finding.ui-starved/scheduler.title.frames.quota": {
		"frames come late: the CPU quota of %[1]s CPUs is used up again and again",
		"画面掉帧：%[1]s 个 CPU 的配额一再用完"},
	"finding.ui-starved/scheduler.title.frames.throttled": {
		"frames come late: the cgroup's CPU quota is used up again and again",
		"画面掉帧：cgroup 的 CPU 配额一再用完"},
	"finding.ui-starved/scheduler.now.stolen": {
		"see steal time with vmstat 1 (column st); move the machine, or give it CPUs of its own",
		"用 vmstat 1 查看被宿主机占用的时间（st 列）；迁移虚拟机，或为它分配独占 CPU"},
	"finding.ui-starved/scheduler.change.own": {
		"let fewer goroutines and C threads compute at once: a worker pool of runtime.GOMAXPROCS(0)-1 leaves a CPU for the UI",
		"减少同时计算的 goroutine 和 C 线程：工作池大小用 runtime.GOMAXPROCS(0)-1，给界面留一个 CPU"},

	"finding.ui-stalled/gpu.title.frames": {
		"frames come late: the UI waits for the graphics driver in %[1]s",
		"画面掉帧：界面在 %[1]s 里等待显卡驱动"},
	"finding.ui-stalled/gpu.title.frames.call": {
		"frames come late: the UI waits in the graphics driver's %[2]s, called by %[1]s",
		"画面掉帧：界面停在显卡驱动的 %[2]s 里（由 %[1]s 调用）"},
	"finding.ui-stalled/gpu.title.frames.swap": {
		"frames come late: the graphics driver takes long to draw and show them",
		"画面掉帧：显卡驱动绘制和呈现这些帧耗时太长"},

	"finding.ui-stalled/vsync.title.halved": {
		"the window shows %[1]s frames a second on a display with %[2]s, though they are ready in time",
		"屏幕每秒刷新 %[2]s 次，窗口每秒只呈现 %[1]s 帧，尽管每帧都及时画好了"},
	"finding.ui-stalled/vsync.title.jitter": {
		"frames are shown at uneven times, though they are ready in time",
		"画面呈现的间隔忽长忽短，尽管每帧都及时画好了"},
	"finding.ui-stalled/vsync.title.twice": {
		"the loop waits twice in each frame, once in %[1]s, and so shows only %[2]s frames a second",
		"循环在每一帧里等待两次，其中一次在 %[1]s 里，因此每秒只呈现 %[2]s 帧"},
	"finding.ui-stalled/vsync.change.halved": {
		"ask for a swap interval of 1; if it is 1, look for a second wait for the display: another window, a render thread, a limiter in the driver's settings",
		"把交换间隔设为 1；若已经是 1，查找第二处等待屏幕的地方：另一个窗口、渲染线程、驱动设置里的帧率限制"},
	"finding.ui-stalled/vsync.change.jitter": {
		"let one thing set the pace: not a timer of 60 a second together with vsync, and not two windows that both wait for the display",
		"只让一处控制节奏：不要每秒 60 次的定时器再加垂直同步，也不要两个窗口各自等待屏幕"},
	"finding.ui-stalled/vsync.change.twice": {
		"wait in one place only: take the sleep out of %[1]s, or the other wait out of the loop",
		"只在一处等待：去掉 %[1]s 里的睡眠，或去掉循环里的另一处等待"},

	"finding.ui-thread/foreign-call.title.goroutine": {
		"%[1]s calls %[2]s on goroutine %[3]d, which is not the UI's",
		"%[1]s 在 goroutine %[3]d 上调用了 %[2]s，而它不是界面 goroutine"},
	"finding.ui-thread/risky-call.title.waits": {
		"%[1]s waits for other goroutines on the UI goroutine, again and again",
		"%[1]s 在界面 goroutine 上一再等待别的 goroutine"},

	"remedy.now.frames": {
		"use the window while you watch each late frame with its cause: gomedic frames %[1]d",
		"一边操作窗口，一边查看每个掉帧及其原因：gomedic frames %[1]d"},

	"why.frames.late": {
		"%[1]d of %[2]d frames were late, the worst took %[3]s (display period %[4]s)",
		"%[2]d 帧中有 %[1]d 帧迟到，最慢的用了 %[3]s（屏幕刷新周期 %[4]s）"},
	"why.frames.late.assumed": {
		"%[1]d of %[2]d frames were late, the worst took %[3]s (display period taken as %[4]s)",
		"%[2]d 帧中有 %[1]d 帧迟到，最慢的用了 %[3]s（屏幕刷新周期按 %[4]s计）"},
	"why.frames.share": {
		"%[1]d of them were late for this reason, which explains %[2]s of the time lost",
		"其中 %[1]d 帧因此迟到，占全部损失时间的 %[2]s"},
	"why.frames.in.user": {
		"for %[1]s of the late frames' time the UI goroutine computed in %[2]s at %[3]s",
		"这些帧有 %[1]s 的时间，界面 goroutine 在 %[2]s（%[3]s）里计算"},
	"why.frames.in.toolkit": {
		"for %[1]s of the late frames' time the toolkit computed for %[2]s at %[3]s",
		"这些帧有 %[1]s 的时间，界面库在为 %[2]s（%[3]s）计算"},
	"why.frames.in.alloc": {
		"for %[1]s of the late frames' time the UI goroutine was busy in %[2]s at %[3]s",
		"这些帧有 %[1]s 的时间，界面 goroutine 忙于 %[2]s（%[3]s）"},
	"why.frames.in.wait": {
		"for %[1]s of the late frames' time the UI goroutine waited in %[2]s at %[3]s",
		"这些帧有 %[1]s 的时间，界面 goroutine 在 %[2]s（%[3]s）里等待"},
	"why.frames.in.driver": {
		"%[1]s of the late frames' time was spent in the graphics driver, below %[2]s at %[3]s",
		"这些帧有 %[1]s 的时间花在显卡驱动里，由 %[2]s（%[3]s）调用"},
	"why.frames.gc": {
		"the garbage collector held up the UI for %[1]s of the late frames' time",
		"这些帧有 %[1]s 的时间被垃圾回收拖住"},
	"why.frames.caller": {
		"in %[1]d of %[2]d looks at all goroutines meanwhile, goroutine %[3]d stood in %[4]s, called by %[5]s at %[6]s",
		"期间 %[2]d 次查看所有 goroutine，其中 %[1]d 次 goroutine %[3]d 停在 %[4]s 里，由 %[5]s（%[6]s）调用"},
	"why.frames.later": {
		"none of your lines was running then, but the toolkit's %[1]s, which does at the end of a frame what was drawn before; %[2]s is your call that runs it",
		"当时运行的不是你的代码，而是界面库的 %[1]s：它在一帧结束时才执行之前的绘制；%[2]s 是你启动它的调用"},
	"why.frames.alloc": {
		"%[1]s of the late frames' time went to allocations and to the garbage collector's work",
		"这些帧有 %[1]s 的时间用于分配内存和垃圾回收"},
	"why.frames.waits": {
		"it waited there %[1]d times for %[2]s in all, at most %[3]s at a time",
		"它在那里等了 %[1]d 次，共 %[2]s，最长一次 %[3]s"},
	"why.frames.holder": {
		"goroutine %[1]d kept it waiting: %[2]s at %[3]s",
		"让它等待的是 goroutine %[1]d：%[2]s，位于 %[3]s"},
	"why.frames.stopped": {
		"the world was stopped for %[1]s of the %[2]s that the late frames took",
		"掉帧共用 %[2]s，其中 %[1]s整个程序处于 STW 暂停"},
	"why.frames.marking": {
		"the collector was marking for %[1]s of the %[2]s that the late frames took",
		"掉帧共用 %[2]s，其中 %[1]s垃圾回收正在标记"},
	"why.frames.ready": {
		"for %[1]s of the late frames' time the UI was ready to run and was not run",
		"这些帧有 %[1]s 的时间，界面已就绪却没有得到运行"},
	"why.frames.ready.lock": {
		"for %[1]s of the late frames' time the UI, or who held the lock that it waited for, was ready to run and was not run",
		"这些帧有 %[1]s 的时间，界面或它所等待的锁的持有者已就绪却没有得到运行"},
	"why.frames.ready.driver": {
		"for %[1]s of the late frames' time the UI, or the driver that it waited for and that draws on the CPU, was ready to run and was not run",
		"这些帧有 %[1]s 的时间，界面或它所等待的、用 CPU 绘制的驱动已就绪却没有得到运行"},
	"why.frames.rate": {
		"it made %[1]d frames in %[2]s, %[3]s a second; the display shows %[4]s",
		"它在 %[2]s内画了 %[1]d 帧，每秒 %[3]s 帧；屏幕每秒刷新 %[4]s 次"},
	"why.frames.free": {
		"%[1]s of the presents had to wait, and the loop hardly ever idled",
		"%[1]s 的呈现需要等待，循环几乎没有空闲"},
	"why.frames.halved": {
		"%[1]d of %[2]d frames came %[3]d periods of the display after the one before",
		"%[2]d 帧中有 %[1]d 帧与前一帧相隔 %[3]d 个屏幕刷新周期"},
	"why.frames.jitter": {
		"%[1]d of %[2]d frames came a refresh or more too late, and early and late ones changed %[3]d times",
		"%[2]d 帧中有 %[1]d 帧晚了一次以上刷新，准时与迟到之间变换了 %[3]d 次"},
	"why.frames.twice": {
		"each frame waits %[1]s in %[2]s, and then %[3]s more for the next tick, event or refresh",
		"每一帧先在 %[2]s 里等 %[1]s，再为下一个节拍、事件或刷新等 %[3]s"},
	"why.frames.work": {
		"without the waiting a frame takes %[1]s of the %[2]s it has",
		"不算等待，一帧只用 %[1]s，而可用时间是 %[2]s"},
	"why.frames.asked": {
		"the program asked for a swap interval of %[1]d",
		"程序设置的交换间隔是 %[1]d"},
	"why.frames.asked.unseen": {
		"it set its swap interval before gomedic looked, so what it asked for is not known",
		"它在 gomedic 观察之前就设置了交换间隔，因此不知道它要求的是多少"},
	"why.frames.foreign.one": {
		"once goroutine %[2]d, which is not the UI goroutine, called %[4]s from %[3]s (%[1]d call seen)",
		"观察到 %[1]d 次：goroutine %[2]d 不是界面 goroutine，却从 %[3]s 调用了 %[4]s"},
	"why.frames.foreign.many": {
		"%[1]d times a goroutine that is not the UI's, such as %[2]d, called %[4]s from %[3]s",
		"观察到 %[1]d 次：不是界面 goroutine 的（如 goroutine %[2]d）从 %[3]s 调用了 %[4]s"},

	"why.less.frames.looked": {
		"less sure: gomedic looked often and set no probes, so short frames were missed",
		"把握降低：gomedic 只是频繁采样，没有设置探针，短的帧会漏掉"},
	"why.less.frames.few.one": {
		"less sure: %[1]d such frame only",
		"把握降低：这样的帧只有 %[1]d 个"},
	"why.less.frames.few.many": {
		"less sure: %[1]d such frames only",
		"把握降低：这样的帧只有 %[1]d 个"},
	"why.less.frames.samples.one": {
		"less sure: %[1]d sample of its stack only",
		"把握降低：栈的采样只有 %[1]d 次"},
	"why.less.frames.samples.many": {
		"less sure: %[1]d samples of its stack only",
		"把握降低：栈的采样只有 %[1]d 次"},
	"why.less.frames.lost": {
		"less sure: %[1]d events came faster than they could be read",
		"把握降低：有 %[1]d 个事件来得太快，没能读到"},
	"why.less.frames.period": {
		"less sure: the display's rate is not known and was taken as 60 Hz",
		"把握降低：不知道屏幕的刷新率，按 60 Hz 计"},
	"why.less.frames.holder": {
		"less sure: who kept it waiting was not seen",
		"把握降低：没有看到是谁让它等待"},
	"why.less.frames.no-user": {
		"less sure: no code of yours is on the stack; perhaps the toolkit or a library does it",
		"把握降低：栈上没有你的代码，可能是界面库或别的库所为"},
}
