package text

// reasons are the lines under "Why". Keys and arguments:
//
//	why.samples              seen (int), of (int), duration: the same place in every sample
//	why.samples.some         seen (int), of (int), duration: in most samples
//	why.samples.round        times (int), duration: the loop went round, slowly
//	why.samples.noround      duration: the loop did not go round
//	why.samples.same         no argument: one wait, not many short ones
//	why.samples.many         no argument: many waits, one after the other
//	why.stack                function, file:line, function it called
//	why.state                goroutine (int), state in the runtime's words
//	why.blocker              goroutine (int), function, file:line, state
//	why.earlier              goroutine (int), duration: looked the same before
//
//	why.since.thread         duration: the kernel's account of the thread
//	why.since.lock           duration: the lock's own clock
//	why.since.gc             duration: noted by the garbage collector
//	why.since.dump           duration: the dump says so
//	why.since.watched        duration: not longer than gomedic looked
//
//	why.hold.REASON          holder's function, object, file:line; REASON is one of
//	                         the Hold… reasons of package evidence, and for all of
//	                         them these three arguments, used or not
//	why.hold.only            object: no other goroutine refers to it
//	why.hold.nobody.lock     object: nobody holds it
//	why.hold.nobody          object: no living goroutine refers to it
//	why.object               object, note ("cap 0, len 0", "3 still to come")
//	why.queue                number of goroutines that wait for it (int), object
//	why.cycle                goroutines in it (int), goroutine that closes it (int)
//	why.waits-ui             goroutine (int), function that waits for the UI
//	why.chain                number of links (int)
//
//	why.cgo                  C function, duration
//	why.cgo.same             no argument: the count of C calls has not moved
//	why.thread.state         thread id (int), state letter, system call
//	why.syscall              system call, duration
//	why.cpu                  share of one CPU
//	why.cpu.none             no argument
//	why.function             function, share of the samples
//	why.toolkit              toolkit's function, share of the samples
//	why.assist               share of the samples
//	why.gc.running           share of the samples
//	why.gc.stop              share of the samples
//	why.runnable             share of the samples
//	why.overdue              duration
//	why.suspended.signal     threads (int)
//	why.suspended.cgroup     threads (int)
//	why.delayed              duration, of duration
//	why.runqueue             goroutines that wait for their turn, mean ("7.5")
//	why.hogs                 number (int), function
//	why.others               CPUs used by other processes ("1.8"), CPUs (int)
//	why.target.cpu           CPUs used by the target, CPUs (int)
//	why.gomaxprocs           GOMAXPROCS (int), CPUs (int)
//	why.quota                CPUs allowed
//	why.throttled            duration, of duration
//	why.unlocked             goroutine (int), loop function
//	why.notmain              goroutine (int), thread id (int), process id (int)
//	why.driver               driver's function or library
//	why.frame-rate           frames a second asked, got
//	why.foreign              goroutine (int), function, toolkit's function
//	why.child                pid (int), name, state
//	why.remote               remote address, kind ("tcp")
//	why.file                 path
//	why.dns                  no argument
//
//	why.less.dump            no argument: one look only
//	why.less.short           duration: looked for only so long
//	why.less.cut             goroutine (int), why
//	why.less.candidates      number of possible holders (int)
//	why.less.running         goroutine (int): it ran while it was read
//	why.less.no-thread       no argument: no thread clocks
//	why.less.no-symbols      no argument: C functions without names
//	why.less.no-toolkit      no argument: UI goroutine guessed
//	why.less.own-modules     no argument: no build info
var reasons = Table{
	"why.samples": {
		"in %[1]d of %[2]d samples over %[3]s the UI goroutine stood at this place",
		"%[3]s内采样 %[2]d 次，界面 goroutine 有 %[1]d 次停在这里"},
	"why.samples.some": {
		"in %[1]d of %[2]d samples over %[3]s the UI goroutine stood here; it moved in between",
		"%[3]s内采样 %[2]d 次，界面 goroutine 有 %[1]d 次在这里，其间有过移动"},
	"why.samples.round": {
		"the UI loop went round only %[1]d times in %[2]s",
		"界面循环在 %[2]s内只转了 %[1]d 圈"},
	"why.samples.noround": {
		"the UI loop did not go round once in %[1]s",
		"界面循环在 %[1]s内一圈也没有转完"},
	"why.samples.same": {
		"it is one and the same wait in all samples, not many short ones",
		"各次采样看到的是同一次等待，而不是许多次短暂的等待"},
	"why.samples.many": {
		"they are many short waits, one after the other",
		"这是一次接一次的许多短暂等待"},
	"why.stack": {
		"%[1]s at %[2]s called %[3]s and has not come back",
		"%[1]s 在 %[2]s 调用了 %[3]s，至今没有返回"},
	"why.state": {
		"the runtime's state of goroutine %[1]d is %[2]q",
		"goroutine %[1]d 的运行时状态是 %[2]q"},
	"why.blocker": {
		"goroutine %[1]d stands in %[2]s at %[3]s: %[4]s",
		"goroutine %[1]d 停在 %[2]s（%[3]s）：%[4]s"},
	"why.earlier": {
		"goroutine %[1]d looked exactly the same %[2]s before",
		"%[2]s前 goroutine %[1]d 就是这个样子，没有变过"},

	"why.since.thread": {
		"by the kernel's account its thread has slept for %[1]s without once being run",
		"据内核记录，它的线程已连续睡眠 %[1]s，其间从未运行"},
	"why.since.lock": {
		"by the lock's own clock it has waited for %[1]s",
		"据锁自己的计时，它已等了 %[1]s"},
	"why.since.gc": {
		"the garbage collector noted %[1]s ago that it was already waiting",
		"垃圾回收器在 %[1]s前就记下了它在等待"},
	"why.since.dump": {
		"the dump says that it has waited for %[1]s (counted in whole minutes)",
		"转储写明它已等了 %[1]s（按整分钟计）"},
	"why.since.watched": {
		"it stood there for all of the %[1]s that gomedic looked; how long before is not known",
		"gomedic 检查的 %[1]s内它一直停在那里，此前多久不得而知"},

	"why.hold.between-lock-and-unlock": {
		"%[1]s stands at %[3]s, between Lock and Unlock of %[2]s",
		"%[1]s 停在 %[3]s，正处于 %[2]s 的加锁与解锁之间"},
	"why.hold.callee-locks": {
		"a function that %[1]s called before took %[2]s and returned without unlocking",
		"%[1]s 先前调用的函数锁上了 %[2]s，返回时没有解锁"},
	"why.hold.unlocks-later": {
		"%[1]s unlocks %[2]s when it returns, so somebody locked it for it",
		"%[1]s 返回时会解锁 %[2]s，说明有人先替它加了锁"},
	"why.hold.coroutine": {
		"it has called a coroutine (iter.Pull), which stands in %[1]s at %[3]s",
		"它调用了协程（iter.Pull），协程停在 %[1]s（%[3]s）"},
	"why.hold.on-stack": {
		"%[1]s has the address of %[2]s on its stack, at %[3]s",
		"%[1]s（%[3]s）的栈上有 %[2]s 的地址"},
	"why.hold.in-register": {
		"%[1]s has the address of %[2]s in a register, at %[3]s",
		"%[1]s（%[3]s）的寄存器里有 %[2]s 的地址"},
	"why.hold.in-closure": {
		"%[1]s keeps %[2]s in its closure",
		"%[1]s 的闭包里引用着 %[2]s"},
	"why.hold.in-object": {
		"%[1]s has, at %[3]s, a pointer to the object that contains %[2]s",
		"%[1]s（%[3]s）持有指向 %[2]s 所在对象的指针"},
	"why.hold.global": {
		"%[1]s uses %[2]s, which is a package variable",
		"%[1]s 用到了 %[2]s，它是包级变量"},
	"why.hold.would-serve": {
		"the code of %[1]s has the operation that would end the wait for %[2]s",
		"%[1]s 的代码里有能结束对 %[2]s 等待的操作"},
	"why.hold.self": {
		"it is the waiting goroutine itself that holds %[2]s, since %[1]s at %[3]s",
		"持有 %[2]s 的正是等待者自己，它在 %[1]s（%[3]s）加的锁"},
	"why.hold.runs-callback": {
		"its callback must run on the UI goroutine, which stands in %[1]s at %[3]s",
		"它交来的回调要由界面 goroutine 执行，而界面 goroutine 停在 %[1]s（%[3]s）"},
	"why.hold.only": {
		"no other goroutine refers to %[1]s",
		"没有别的 goroutine 引用 %[1]s"},
	"why.hold.nobody.lock": {
		"no living goroutine stands between Lock and Unlock of %[1]s",
		"没有存活的 goroutine 正处于 %[1]s 的加锁与解锁之间"},
	"why.hold.nobody": {
		"no living goroutine refers to %[1]s any more, so nothing can end the wait",
		"已没有存活的 goroutine 引用 %[1]s，没有什么能结束这次等待"},
	"why.less.dump.holder": {
		"a dump shows the arguments of calls and not memory: the holder of a global lock, or of one deep in a structure, is not seen in it",
		"转储只有调用参数，没有内存内容：全局锁或结构深处的锁，看不出持有者"},
	"why.contended": {
		"the samples show several waits for it, one after another: the lock changes hands",
		"采样中先后出现多次等待：这把锁在不断易手"},
	"why.frame.same": {
		"for %[1]s the frame that the UI handed over has not come back: it is one and the same wait",
		"界面交出的这一帧已有 %[1]s 没有返回：始终是同一次等待"},
	"why.frame.works": {
		"meanwhile goroutine %[1]d works without a break in %[2]s",
		"其间 goroutine %[1]d 一直在 %[2]s 里工作"},
	"why.object": {
		"%[1]s: %[2]s",
		"%[1]s：%[2]s"},
	"why.queue": {
		"%[1]d goroutines wait for %[2]s",
		"有 %[1]d 个 goroutine 在等 %[2]s"},
	"why.cycle": {
		"%[1]d goroutines wait for one another; the circle closes at goroutine %[2]d",
		"%[1]d 个 goroutine 依次等待，最后又等到 goroutine %[2]d，首尾相接"},
	"why.waits-ui": {
		"goroutine %[1]d waits in %[2]s until the UI goroutine is free",
		"goroutine %[1]d 在 %[2]s 里等界面 goroutine 空出来"},
	"why.chain": {
		"the chain of waits has %[1]d links; the last one decides",
		"等待链共有 %[1]d 环，起决定作用的是最后一环"},

	"why.cgo": {
		"its thread has been inside the same call of %[1]s for %[2]s",
		"它的线程停在同一次 %[1]s 调用里已有 %[2]s"},
	"why.cgo.same": {
		"the thread's count of C calls has not moved: it is one call, not many",
		"该线程的 C 调用计数没有变化：是同一次调用，不是许多次"},
	"why.thread.state": {
		"thread %[1]d is in state %[2]s, in the system call %[3]s",
		"线程 %[1]d 处于 %[2]s 状态，停在系统调用 %[3]s"},
	"why.syscall": {
		"its thread has been in the system call %[1]s for %[2]s",
		"它的线程停在系统调用 %[1]s 里已有 %[2]s"},
	"why.cpu": {
		"its thread used %[1]s of one CPU meanwhile",
		"其间它的线程用掉了一个 CPU 的 %[1]s"},
	"why.cpu.none": {
		"its thread used no CPU time meanwhile",
		"其间它的线程没有用过 CPU"},
	"why.function": {
		"%[1]s is on the stack in %[2]s of the samples",
		"%[2]s 的采样中，栈上都有 %[1]s"},
	"why.toolkit": {
		"below it the toolkit works in %[1]s, in %[2]s of the samples",
		"在它之下，%[2]s 的采样停在界面库的 %[1]s"},
	"why.assist": {
		"in %[1]s of the samples it was doing the garbage collector's work (assist)",
		"%[1]s 的采样中，它在替垃圾回收器干活（assist）"},
	"why.gc.running": {
		"a garbage collection was under way in %[1]s of the samples",
		"%[1]s 的采样中，垃圾回收正在进行"},
	"why.gc.stop": {
		"the world was stopped in %[1]s of the samples",
		"%[1]s 的采样中，整个程序处于 STW 暂停"},
	"why.runnable": {
		"in %[1]s of the samples it was ready to run and was not run",
		"%[1]s 的采样中，它已就绪却没有得到运行"},
	"why.runnable.holder": {
		"it waited for a lock, whose holder was ready to run and was not run in %[1]s of the looks at it",
		"它在等待一把锁，而持有者在 %[1]s 的采样中已就绪却没有得到运行"},
	"why.overdue": {
		"the timer that wakes it has been due for %[1]s, and no processor of the Go scheduler was free to fire it",
		"唤醒它的定时器已到期 %[1]s，Go 调度器却没有空闲的处理器来触发"},
	"why.suspended.signal": {
		"the kernel says that all of its threads are stopped (state T; %[1]d threads)",
		"内核显示它的全部 %[1]d 个线程都处于暂停状态（状态 T）"},
	"why.suspended.cgroup": {
		"the kernel says that its cgroup is frozen (%[1]d threads)",
		"内核显示它所在的 cgroup 已被冻结（%[1]d 个线程）"},
	"why.delayed": {
		"the kernel let its thread wait for a CPU for %[1]s of %[2]s",
		"%[2]s中，它的线程有 %[1]s在等内核分配 CPU"},
	"why.runqueue": {
		"on average %[1]s goroutines were waiting for their turn",
		"平均有 %[1]s 个 goroutine 在排队等待运行"},
	"why.hogs": {
		"%[1]d running goroutines stand in %[2]s",
		"有 %[1]d 个运行中的 goroutine 在 %[2]s 里"},
	"why.others": {
		"other processes used %[1]s of %[2]d CPUs",
		"机器有 %[2]d 个 CPU，别的进程用掉了 %[1]s 个"},
	"why.target.cpu": {
		"the program itself used %[1]s of %[2]d CPUs",
		"机器有 %[2]d 个 CPU，程序自己用掉了 %[1]s 个"},
	"why.gomaxprocs": {
		"GOMAXPROCS is %[1]d on a machine with %[2]d CPUs",
		"机器有 %[2]d 个 CPU，而 GOMAXPROCS 是 %[1]d"},
	"why.quota": {
		"its cgroup allows it %[1]s CPUs",
		"所在 cgroup 限定它用 %[1]s 个 CPU"},
	"why.throttled": {
		"its cgroup was throttled for %[1]s of %[2]s",
		"%[2]s中，所在 cgroup 有 %[1]s被限流"},
	"why.unlocked": {
		"goroutine %[1]d runs %[2]s without runtime.LockOSThread",
		"goroutine %[1]d 在运行 %[2]s，却没有调用 runtime.LockOSThread"},
	"why.notmain": {
		"goroutine %[1]d runs on thread %[2]d; the main thread is %[3]d",
		"goroutine %[1]d 运行在线程 %[2]d 上，而主线程是 %[3]d"},
	"why.driver": {
		"the innermost call is %[1]s, a part of the graphics driver",
		"最内层的调用是 %[1]s，属于显卡驱动"},
	"why.frame-rate": {
		"%[2]s frames a second were presented, %[1]s were asked for",
		"要求每秒 %[1]s 帧，实际呈现 %[2]s 帧"},
	"why.foreign": {
		"goroutine %[1]d is not the UI goroutine and stands in %[3]s, called by %[2]s",
		"goroutine %[1]d 不是界面 goroutine，却停在 %[2]s 所调用的 %[3]s 里"},
	"why.child": {
		"the child process %[1]d (%[2]s) is still there, in state %[3]s",
		"子进程 %[1]d（%[2]s）还在，状态为 %[3]s"},
	"why.remote": {
		"the connection it waits on goes to %[1]s (%[2]s)",
		"它所等的连接通往 %[1]s（%[2]s）"},
	"why.file": {
		"the file it waits for is %[1]s",
		"它所等的文件是 %[1]s"},
	"why.dns": {
		"the resolver is on the stack: it waits for a name server",
		"栈上有解析器：它在等域名服务器"},

	"why.less.dump": {
		"less sure: a dump is one look and says nothing of time",
		"把握降低：转储只是一瞬间的快照，看不出时间"},
	"why.less.short": {
		"less sure: gomedic looked for %[1]s only",
		"把握降低：gomedic 只检查了 %[1]s"},
	"why.less.cut": {
		"less sure: the stack of goroutine %[1]d is not whole (%[2]s)",
		"把握降低：goroutine %[1]d 的栈不完整（%[2]s）"},
	"why.less.candidates": {
		"less sure: %[1]d goroutines could be the holder",
		"把握降低：有 %[1]d 个 goroutine 都可能是持有者"},
	"why.less.running": {
		"less sure: goroutine %[1]d was running while it was read",
		"把握降低：读取时 goroutine %[1]d 正在运行"},
	"why.less.no-thread": {
		"less sure: the kernel's account of its thread was not readable",
		"把握降低：读不到内核对该线程的记录"},
	"why.less.no-symbols": {
		"less sure: the C functions have no names here",
		"把握降低：这里的 C 函数没有符号名"},
	"why.less.no-toolkit": {
		"less sure: no known toolkit; the UI goroutine was chosen by its looks",
		"把握降低：没有认出界面库，界面 goroutine 是推断出来的"},
	"why.less.own-modules": {
		"less sure: without build info, your code was told from libraries by its path",
		"把握降低：没有构建信息，只能凭路径区分你的代码和库代码"},
}
