package text

// The sentences of the findings. Keys and arguments:
//
//	finding.ID.title[.VARIANT]   one line, no full stop, lower case in English
//	finding.ID.now[N]            what to do now, while the program is ill
//	finding.ID.change[N][.KIT]   what to change in the code; KIT is evidence.Target.Toolkit
//	remedy.now.*                 the same, for every ID
//	remedy.change.async.KIT      "do it in a goroutine and hand the result back";
//	                             KIT may also be "any" and "fyne25" (before Fyne 2.6)
//	why.*                        one reason; see findings_why.go
//
// A renderer tells "now" from "change" by these words in the key. Function
// names are passed in short form or whole, as the rule likes; %[n]s takes
// strings and Texts (Duration, Percent), %[n]d integers.
//
//	finding.ui-blocked/sleep.title             function
//	finding.ui-blocked/mutex.title             waiting function
//	finding.ui-blocked/mutex.title.blocker     holder's function
//	finding.ui-blocked/mutex.title.reader      function that holds the read lock
//	finding.ui-blocked/mutex.title.once        function that runs inside the Once
//	finding.ui-blocked/mutex.title.gone        waiting function
//	finding.ui-blocked/mutex.title.noui.{gone,unknown}  number of goroutines (int), waiting function
//	finding.ui-blocked/mutex.title.noui        number of goroutines (int), holder's function
//	finding.ui-blocked/cond.title              waiting function
//	finding.ui-blocked/cond.title.blocker      function that is to signal
//	finding.ui-blocked/cond.title.nobody       waiting function
//	finding.ui-blocked/cond.title.waitgroup           waiting function
//	finding.ui-blocked/cond.title.waitgroup.blocker   function still to come
//	finding.ui-blocked/cond.title.waitgroup.many      number still to come (int), one of their functions
//	finding.ui-blocked/cond.title.waitgroup.nobody    waiting function
//	finding.ui-blocked/channel.title           waiting function
//	finding.ui-blocked/channel.title.{receive,send,select}          waiting function
//	finding.ui-blocked/channel.title.{receive,send,select}.blocker  function that has the channel
//	finding.ui-blocked/channel.title.{receive,send,select}.nobody   waiting function
//	finding.ui-blocked/channel.title.pool…     as those of receive
//	finding.ui-blocked/channel.title.nil       waiting function
//	finding.ui-blocked/channel.title.noui      number of goroutines (int), function they stand in
//	finding.ui-blocked/network.title           function
//	finding.ui-blocked/network.title.remote    function, remote address
//	finding.ui-blocked/network.title.dns       function
//	finding.ui-blocked/disk.title              function
//	finding.ui-blocked/disk.title.file         function, path
//	finding.ui-blocked/disk.title.fsync        function
//	finding.ui-blocked/disk.title.lock         function
//	finding.ui-blocked/process.title           function
//	finding.ui-blocked/process.title.child     function, child's name, child's pid (int)
//	finding.ui-blocked/cgo.title               function
//	finding.ui-blocked/cgo.title.call          function, C function
//	finding.ui-blocked/syscall.title           function
//	finding.ui-blocked/syscall.title.call      function, system call
//	finding.ui-deadlock.title                  no argument
//	finding.ui-deadlock.title.blocker          the other function
//	finding.ui-deadlock.title.callback         the other function, the call that waits for the UI ("fyne.DoAndWait")
//	finding.ui-deadlock.title.self             function
//	finding.ui-deadlock.title.noui             number of goroutines (int), one of their functions
//	finding.ui-busy/cpu.title                  function
//	finding.ui-busy/cpu.title.share            function, share
//	finding.ui-busy/cpu.title.noui             function, share
//	finding.ui-busy/layout.title               function
//	finding.ui-busy/layout.title.call          function, toolkit's function
//	finding.ui-busy/alloc.title                function
//	finding.ui-starved/scheduler.title             no argument
//	finding.ui-starved/scheduler.title.goroutines  function that takes the CPU
//	finding.ui-starved/scheduler.title.others      CPUs that other processes use
//	finding.ui-starved/scheduler.title.quota       CPUs allowed
//	finding.ui-starved/scheduler.title.gomaxprocs  GOMAXPROCS (int), CPUs (int)
//	finding.ui-starved/scheduler.title.signal      no argument
//	finding.ui-starved/scheduler.title.cgroup      no argument
//	finding.ui-starved/gc.title                no argument
//	finding.ui-starved/gc.title.share          share of the time
//	finding.ui-stalled/gpu.title               function
//	finding.ui-stalled/gpu.title.call          function, driver's function
//	finding.ui-stalled/vsync.title             frames a second asked, got
//	finding.ui-stalled/vsync.title.off         frames a second got
//	finding.ui-thread/unlocked.title           loop function
//	finding.ui-thread/unlocked.title.main      loop function
//	finding.ui-thread/foreign-call.title       function, toolkit's function
//	finding.ui-thread/risky-call.title         function, the call
var findings = join(titles, remedies, reasons, lateFrames, leaks, reloads, reloadWatches, wasmFiles, pageFindings, gpu, assetFindings)

// join puts tables together; a key must stand in one of them only, which a test
// checks.
func join(tables ...Table) Table {
	all := Table{}
	for _, t := range tables {
		for k, e := range t {
			all[k] = e
		}
	}
	return all
}

var titles = Table{
	"finding.ui-blocked/sleep.title": {
		"the UI sleeps: %[1]s calls time.Sleep",
		"界面在睡眠：%[1]s 调用了 time.Sleep"},

	"finding.ui-blocked/mutex.title": {
		"the UI waits for a lock in %[1]s; who holds it was not found",
		"界面在 %[1]s 里等锁，没有找到锁的持有者"},
	"finding.ui-blocked/mutex.title.blocker": {
		"the UI waits for a lock that %[1]s holds",
		"界面在等锁，锁被 %[1]s 持有"},
	"finding.ui-blocked/mutex.title.perhaps": {
		"the UI waits for a lock in %[1]s, which perhaps %[2]s holds",
		"界面在 %[1]s 里等锁，锁可能被 %[2]s 持有"},
	"finding.ui-blocked/mutex.title.contended": {
		"the UI waits in %[1]s, again and again, for a lock that many want",
		"界面在 %[1]s 里反复等一把被多方争抢的锁"},
	"finding.ui-blocked/mutex.title.reader": {
		"the UI waits to write-lock an RWMutex that %[1]s still reads under",
		"界面在等 RWMutex 的写锁，而 %[1]s 还占着读锁"},
	"finding.ui-blocked/mutex.title.once": {
		"the UI waits for the sync.Once that %[1]s has not finished",
		"界面在等 sync.Once，其中的 %[1]s 还没有执行完"},
	"finding.ui-blocked/mutex.title.gone": {
		"the UI waits in %[1]s for a lock that no living goroutine holds: it was never unlocked",
		"界面在 %[1]s 里等锁，但已没有任何 goroutine 持有它：有人加锁后没有解锁"},
	"finding.ui-blocked/mutex.title.noui.gone": {
		"%[1]d goroutines wait in %[2]s for a lock that no living goroutine holds: it was never unlocked",
		"%[1]d 个 goroutine 在 %[2]s 里等锁，但已没有任何 goroutine 持有它：有人加锁后没有解锁"},
	"finding.ui-blocked/mutex.title.noui.unknown": {
		"%[1]d goroutines wait for a lock in %[2]s; the dump does not show who holds it",
		"%[1]d 个 goroutine 在 %[2]s 里等锁；转储里看不出谁持有它"},
	"finding.ui-blocked/mutex.title.noui": {
		"%[1]d goroutines wait for a lock that %[2]s holds",
		"%[1]d 个 goroutine 在等同一把锁，锁被 %[2]s 持有"},

	"finding.ui-blocked/cond.title": {
		"the UI waits on a sync.Cond in %[1]s",
		"界面在 %[1]s 里等 sync.Cond 的通知"},
	"finding.ui-blocked/cond.title.blocker": {
		"the UI waits on a sync.Cond that %[1]s is to signal",
		"界面在等 sync.Cond，应由 %[1]s 发出通知"},
	"finding.ui-blocked/cond.title.nobody": {
		"the UI waits in %[1]s on a sync.Cond that nobody is left to signal",
		"界面在 %[1]s 里等 sync.Cond，但已没有谁能通知它"},
	"finding.ui-blocked/cond.title.waitgroup": {
		"the UI waits for a WaitGroup in %[1]s",
		"界面在 %[1]s 里等 WaitGroup"},
	"finding.ui-blocked/cond.title.waitgroup.blocker": {
		"the UI waits for a WaitGroup that %[1]s has not finished",
		"界面在等 WaitGroup，%[1]s 还没有完成"},
	"finding.ui-blocked/cond.title.waitgroup.many": {
		"the UI waits for a WaitGroup with %[1]d goroutines still to come, among them %[2]s",
		"界面在等 WaitGroup，还有 %[1]d 个 goroutine 没有完成，其中有 %[2]s"},
	"finding.ui-blocked/cond.title.waitgroup.nobody": {
		"the UI waits in %[1]s for a WaitGroup that nobody is left to finish: an Add without its Done",
		"界面在 %[1]s 里等 WaitGroup，但已没有谁会来完成它：有 Add 而缺 Done"},

	"finding.ui-blocked/channel.title": {
		"the UI waits on a channel in %[1]s",
		"界面在 %[1]s 里等 channel"},
	"finding.ui-blocked/channel.title.receive": {
		"the UI waits in %[1]s for a value from a channel",
		"界面在 %[1]s 里等 channel 送来数据"},
	"finding.ui-blocked/channel.title.send": {
		"the UI waits in %[1]s to send on a channel that nobody reads",
		"界面在 %[1]s 里向 channel 发送，但没有人接收"},
	"finding.ui-blocked/channel.title.select": {
		"the UI waits in %[1]s in a select of which no case comes true",
		"界面停在 %[1]s 的 select 里，没有一个分支就绪"},
	"finding.ui-blocked/channel.title.receive.blocker": {
		"the UI waits for a value that %[1]s has not sent",
		"界面在等 channel 的数据，%[1]s 还没有发送"},
	"finding.ui-blocked/channel.title.send.blocker": {
		"the UI waits to send on a channel that %[1]s does not read",
		"界面在向 channel 发送，而 %[1]s 没有接收"},
	"finding.ui-blocked/channel.title.select.blocker": {
		"the UI waits in a select for %[1]s",
		"界面停在 select 里，等的是 %[1]s"},
	"finding.ui-blocked/channel.title.receive.nobody": {
		"the UI waits in %[1]s for a value that nobody is left to send",
		"界面在 %[1]s 里等 channel 的数据，但已没有谁会发送"},
	"finding.ui-blocked/channel.title.send.nobody": {
		"the UI waits in %[1]s to send on a channel that nobody is left to read",
		"界面在 %[1]s 里向 channel 发送，但已没有谁会接收"},
	"finding.ui-blocked/channel.title.select.nobody": {
		"the UI waits in %[1]s in a select that nobody is left to wake",
		"界面停在 %[1]s 的 select 里，但已没有谁能唤醒它"},
	"finding.ui-blocked/channel.title.pool": {
		"the UI waits in %[1]s for a free database connection: all of the pool are in use",
		"界面在 %[1]s 里等空闲的数据库连接：连接池已用完"},
	"finding.ui-blocked/channel.title.pool.blocker": {
		"the UI waits for a free database connection: all of the pool are in use, by %[1]s among others",
		"界面在等空闲的数据库连接：连接池已用完，%[1]s 等占着连接"},
	"finding.ui-blocked/channel.title.pool.nobody": {
		"the UI waits in %[1]s for a database connection that nobody is left to give back",
		"界面在 %[1]s 里等数据库连接，但已没有谁会归还"},
	"finding.ui-blocked/channel.title.nil": {
		"the UI waits in %[1]s on a nil channel, which never comes true",
		"界面在 %[1]s 里等一个 nil channel，永远等不到"},
	"finding.ui-blocked/channel.title.noui": {
		"%[1]d goroutines wait on a channel in %[2]s that nobody is left to serve",
		"%[1]d 个 goroutine 在 %[2]s 里等 channel，但已没有谁会来收发"},

	"finding.ui-blocked/network.title": {
		"the UI waits for the network in %[1]s",
		"界面在 %[1]s 里等待网络"},
	"finding.ui-blocked/network.title.remote": {
		"the UI waits in %[1]s for an answer from %[2]s",
		"界面在 %[1]s 里等待 %[2]s 的应答"},
	"finding.ui-blocked/network.title.dns": {
		"the UI waits in %[1]s for a name to be resolved (DNS)",
		"界面在 %[1]s 里等待域名解析（DNS）"},

	"finding.ui-blocked/disk.title": {
		"the UI waits in a file operation of %[1]s",
		"界面在 %[1]s 里等待文件操作"},
	"finding.ui-blocked/disk.title.file": {
		"the UI waits in %[1]s for the file %[2]s",
		"界面在 %[1]s 里等待文件 %[2]s"},
	"finding.ui-blocked/disk.title.fsync": {
		"the UI waits in %[1]s until the disk has written everything (fsync)",
		"界面在 %[1]s 里等待数据落盘（fsync）"},
	"finding.ui-blocked/disk.title.lock": {
		"the UI waits in %[1]s for a file lock that another process holds",
		"界面在 %[1]s 里等文件锁，锁被别的进程占着"},

	"finding.ui-blocked/process.title": {
		"the UI waits in %[1]s for a child process to end",
		"界面在 %[1]s 里等待子进程结束"},
	"finding.ui-blocked/process.title.child": {
		"the UI waits in %[1]s for the child process %[2]s (pid %[3]d)",
		"界面在 %[1]s 里等待子进程 %[2]s（pid %[3]d）"},

	"finding.ui-blocked/cgo.title": {
		"the UI is inside a C call of %[1]s that does not return",
		"界面停在 %[1]s 的 C 调用里，一直没有返回"},
	"finding.ui-blocked/cgo.title.call": {
		"the UI is inside the C function %[2]s, called by %[1]s, which does not return",
		"界面停在 C 函数 %[2]s 里（由 %[1]s 调用），一直没有返回"},

	"finding.ui-blocked/syscall.title": {
		"the UI is inside a system call of %[1]s that does not return",
		"界面停在 %[1]s 的系统调用里，一直没有返回"},
	"finding.ui-blocked/syscall.title.call": {
		"the UI is inside the system call %[2]s, made by %[1]s, which does not return",
		"界面停在系统调用 %[2]s 里（由 %[1]s 发起），一直没有返回"},

	"finding.ui-deadlock.title": {
		"deadlock: the UI waits for something that waits for the UI",
		"死锁：界面所等的，正在等界面"},
	"finding.ui-deadlock.title.blocker": {
		"deadlock: the UI and %[1]s wait for each other",
		"死锁：界面与 %[1]s 互相等待"},
	"finding.ui-deadlock.title.callback": {
		"deadlock: the UI waits for %[1]s, which waits for the UI in %[2]s",
		"死锁：界面在等 %[1]s，而它正在 %[2]s 里等界面"},
	"finding.ui-deadlock.title.self": {
		"deadlock: the UI waits in %[1]s for what it holds itself",
		"死锁：界面在 %[1]s 里等的东西，正被它自己占着"},
	"finding.ui-deadlock.title.noui.self": {
		"deadlock: %[1]s waits for a lock that it holds itself",
		"死锁：%[1]s 在等自己已经持有的锁"},
	"finding.ui-deadlock.title.noui": {
		"deadlock: %[1]d goroutines wait for each other, among them %[2]s",
		"死锁：%[1]d 个 goroutine 互相等待，其中有 %[2]s"},

	"finding.ui-busy/cpu.title": {
		"the UI computes in %[1]s and handles no events meanwhile",
		"界面忙于 %[1]s 的计算，顾不上处理事件"},
	"finding.ui-busy/cpu.title.share": {
		"the UI spends %[2]s of its time computing in %[1]s",
		"界面有 %[2]s 的时间耗在 %[1]s 的计算上"},
	"finding.ui-busy/cpu.title.noui": {
		"%[1]s takes %[2]s of one CPU",
		"%[1]s 占用了一个 CPU 的 %[2]s"},
	"finding.ui-busy/layout.title": {
		"the UI is busy laying out and drawing what %[1]s made",
		"界面忙于排版和绘制 %[1]s 产生的内容"},
	"finding.ui-busy/layout.title.call": {
		"the UI is busy in the toolkit's %[2]s because of %[1]s",
		"%[1]s 让界面一直忙于界面库的 %[2]s"},
	"finding.ui-busy/alloc.title": {
		"%[1]s allocates so fast that the UI has to help the garbage collector",
		"%[1]s 分配内存太快，界面不得不停下来协助垃圾回收"},

	"finding.ui-starved/scheduler.title": {
		"the UI is ready to run but gets no CPU",
		"界面已就绪，却分不到 CPU"},
	"finding.ui-starved/scheduler.title.goroutines": {
		"the UI is ready to run but other goroutines take the CPU, most of all %[1]s",
		"界面已就绪，CPU 却被别的 goroutine 占着，占得最多的是 %[1]s"},
	"finding.ui-starved/scheduler.title.others": {
		"the UI is ready to run but other processes take the CPU: %[1]s CPUs",
		"界面已就绪，CPU 却被别的进程占着：共占 %[1]s 个 CPU"},
	"finding.ui-starved/scheduler.title.quota": {
		"the UI is ready to run but the CPU quota of %[1]s CPUs is used up",
		"界面已就绪，但 %[1]s 个 CPU 的配额已经用完"},
	"finding.ui-starved/scheduler.title.gomaxprocs": {
		"the UI is ready to run but GOMAXPROCS allows only %[1]d of %[2]d CPUs",
		"界面已就绪，但 GOMAXPROCS 只允许用 %[1]d 个 CPU（机器有 %[2]d 个）"},

	"finding.ui-starved/scheduler.title.signal": {
		"the program is stopped: it was sent SIGSTOP, or Ctrl-Z was typed",
		"程序已被暂停：收到了 SIGSTOP，或有人按了 Ctrl-Z"},
	"finding.ui-starved/scheduler.title.cgroup": {
		"the program is frozen by its cgroup: the container is paused",
		"程序被所在的 cgroup 冻结：容器处于暂停状态"},

	"finding.ui-starved/gc.title": {
		"the garbage collector holds up the UI",
		"垃圾回收拖住了界面"},
	"finding.ui-starved/gc.title.share": {
		"the garbage collector runs %[1]s of the time and holds up the UI",
		"垃圾回收占去 %[1]s 的时间，拖住了界面"},

	"finding.ui-stalled/gpu.title": {
		"the UI waits for the graphics driver in %[1]s",
		"界面在 %[1]s 里等待显卡驱动"},
	"finding.ui-stalled/gpu.title.frame": {
		"one frame has kept the graphics driver busy for %[1]s",
		"一帧画面让显卡驱动忙了 %[1]s"},
	"finding.ui-stalled/gpu.title.call": {
		"the UI waits in the graphics driver's %[2]s, called by %[1]s",
		"界面停在显卡驱动的 %[2]s 里（由 %[1]s 调用）"},
	"finding.ui-stalled/vsync.title": {
		"the window shows %[2]s frames a second where %[1]s were asked for",
		"窗口要求每秒 %[1]s 帧，实际只有 %[2]s 帧"},
	"finding.ui-stalled/vsync.title.off": {
		"vsync is off: the window draws %[1]s frames a second, more than the screen shows",
		"垂直同步没有开启：窗口每秒绘制 %[1]s 帧，超过了屏幕的刷新率"},

	"finding.ui-thread/unlocked.title": {
		"the UI loop %[1]s runs on a goroutine that is not locked to its thread",
		"界面循环 %[1]s 所在的 goroutine 没有锁定线程"},
	"finding.ui-thread/unlocked.title.main": {
		"the UI loop %[1]s does not run on the process's main thread",
		"界面循环 %[1]s 没有运行在进程的主线程上"},
	"finding.ui-thread/foreign-call.title": {
		"%[1]s calls %[2]s from outside the UI goroutine",
		"%[1]s 在界面 goroutine 之外调用了 %[2]s"},
	"finding.ui-thread/risky-call.title": {
		"%[1]s calls %[2]s on the UI goroutine, which blocks sooner or later",
		"%[1]s 在界面 goroutine 上调用 %[2]s，迟早会卡住"},
}
