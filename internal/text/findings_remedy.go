package text

// remedies are the lines under "Now" and "In the code". Keys and arguments:
//
//	remedy.now.save          pid (int): keep the evidence
//	remedy.now.core          pid (int): keep the memory
//	remedy.now.restart       pid (int): it cannot recover, end it
//	remedy.now.look          goroutine (int), function, file:line: where to look on
//	remedy.now.wait          no argument: it will go on by itself
//	remedy.now.again         pid (int): look again, longer
//	remedy.change.async.KIT  function to move off the UI goroutine
//
//	finding.ui-blocked/sleep.now               no argument
//	finding.ui-blocked/sleep.change            function
//	finding.ui-blocked/sleep.change.KIT        no argument
//	finding.ui-blocked/mutex.now               goroutine (int), holder's function, file:line
//	finding.ui-blocked/mutex.now.gone          pid (int)
//	finding.ui-blocked/mutex.change1           holder's function: shorten the critical section
//	finding.ui-blocked/mutex.change2           holder's function: I/O outside the lock
//	finding.ui-blocked/mutex.change3           waiting function: snapshot or TryLock in the UI
//	finding.ui-blocked/mutex.change.gone       no argument: defer Unlock
//	finding.ui-blocked/mutex.change.reader     function that reads
//	finding.ui-blocked/mutex.change.once       function inside the Once
//	finding.ui-blocked/cond.now                goroutine (int), function, file:line
//	finding.ui-blocked/cond.now.nobody         pid (int)
//	finding.ui-blocked/cond.change             waiting function
//	finding.ui-blocked/cond.change.waitgroup   waiting function
//	finding.ui-blocked/cond.change.signal      no argument: signal on every path
//	finding.ui-blocked/cond.change.done        no argument: defer Done
//	finding.ui-blocked/channel.now             goroutine (int), function, file:line
//	finding.ui-blocked/channel.now.nobody      pid (int)
//	finding.ui-blocked/mutex.now.{busy,perhaps}  goroutine (int), function, file:line
//	finding.ui-blocked/channel.change.{receive,send,select,pool,nil,close}  waiting function
//	finding.ui-blocked/channel.change.KIT      no argument
//	finding.ui-blocked/network.now             no argument
//	finding.ui-blocked/network.now.remote      remote address
//	finding.ui-blocked/network.now.close       pid (int), remote address
//	finding.ui-blocked/network.change1         no argument: timeouts
//	finding.ui-blocked/network.change2         no argument: a Cancel button
//	finding.ui-blocked/disk.now                no argument
//	finding.ui-blocked/disk.now.file           path
//	finding.ui-blocked/disk.change             no argument
//	finding.ui-blocked/disk.change.fsync       no argument
//	finding.ui-blocked/disk.change.lock        no argument
//	finding.ui-blocked/process.now             no argument
//	finding.ui-blocked/process.now.child       child's pid (int), name
//	finding.ui-blocked/process.change          no argument
//	finding.ui-blocked/process.change.pipe     no argument
//	finding.ui-blocked/cgo.now                 pid (int)
//	finding.ui-blocked/cgo.change              C function
//	finding.ui-blocked/cgo.change.limit        no argument
//	finding.ui-blocked/syscall.now             pid (int), thread id (int)
//	finding.ui-blocked/syscall.change          system call
//	finding.ui-deadlock.now                    pid (int)
//	finding.ui-deadlock.change.order           no argument: one order of locks
//	finding.ui-deadlock.change.callback        the call that waits for the UI
//	finding.ui-deadlock.change.self            no argument
//	finding.ui-deadlock.change.KIT             no argument
//	finding.ui-busy/cpu.now                    no argument
//	finding.ui-busy/cpu.now.forever            pid (int): the loop does not end
//	finding.ui-busy/cpu.change                 function: cache, or a better algorithm
//	finding.ui-busy/cpu.change.steps           function: in steps
//	finding.ui-busy/layout.now                 no argument
//	finding.ui-busy/layout.change              function
//	finding.ui-busy/layout.change.KIT          no argument
//	finding.ui-busy/layout.change.image        no argument: images
//	finding.ui-busy/alloc.now                  no argument
//	finding.ui-busy/alloc.change               function
//	finding.ui-busy/alloc.change.limit         no argument: GOGC and GOMEMLIMIT
//	finding.ui-starved/scheduler.now           no argument
//	finding.ui-starved/scheduler.now.others    no argument
//	finding.ui-starved/scheduler.now.quota     no argument
//	finding.ui-starved/scheduler.change.goroutines  function
//	finding.ui-starved/scheduler.change.quota       no argument
//	finding.ui-starved/scheduler.change.gomaxprocs  no argument
//	finding.ui-starved/scheduler.now.signal        pid (int)
//	finding.ui-starved/scheduler.change.signal     no argument
//	finding.ui-starved/scheduler.now.cgroup        pid (int)
//	finding.ui-starved/scheduler.change.cgroup     no argument
//	finding.ui-starved/gc.now                  no argument
//	finding.ui-starved/gc.change               no argument
//	finding.ui-stalled/gpu.now                 no argument
//	finding.ui-stalled/gpu.change              function
//	finding.ui-stalled/gpu.change.software     no argument
//	finding.ui-stalled/vsync.now               no argument
//	finding.ui-stalled/vsync.change            no argument
//	finding.ui-stalled/vsync.change.KIT        no argument (ebitengine, glfw)
//	finding.ui-thread/unlocked.now             no argument
//	finding.ui-thread/unlocked.change          loop function
//	finding.ui-thread/unlocked.change.KIT      no argument
//	finding.ui-thread/foreign-call.now         no argument
//	finding.ui-thread/foreign-call.change      toolkit's function
//	finding.ui-thread/foreign-call.change.KIT  toolkit's function
//	finding.ui-thread/risky-call.now           no argument
//	finding.ui-thread/risky-call.change        the call
var remedies = Table{
	"remedy.now.save": {
		"keep the evidence before you end it: gomedic check %[1]d --save freeze.gomedic",
		"结束程序之前先保留现场：gomedic check %[1]d --save freeze.gomedic"},
	"remedy.now.core": {
		"keep its memory too, if you may: gcore %[1]d (it stands still while the file is written)",
		"有条件的话把内存也留下：gcore %[1]d（写文件期间程序会暂停）"},
	"remedy.now.restart": {
		"it cannot recover by itself. End it with kill -QUIT %[1]d, which also prints every stack to its standard error, and start it again",
		"它不会自行恢复。用 kill -QUIT %[1]d 结束它（会把所有栈打印到标准错误），然后重新启动"},
	"remedy.now.look": {
		"look at goroutine %[1]d first: %[2]s at %[3]s",
		"先看 goroutine %[1]d：%[2]s，位于 %[3]s"},
	"remedy.now.wait": {
		"wait: it goes on by itself when the call comes back",
		"可以等：调用返回后它会自行恢复"},
	"remedy.now.again": {
		"look again for longer, to see whether it moves: gomedic freeze %[1]d --for 10s",
		"再多看一会儿，确认它是否在动：gomedic freeze %[1]d --for 10s"},

	"remedy.change.async.any": {
		"run %[1]s in a goroutine of its own and hand only the result to the UI goroutine, through the toolkit's queue",
		"把 %[1]s 放进单独的 goroutine，只把结果经由界面库的队列交回界面 goroutine"},
	"remedy.change.async.fyne": {
		"run %[1]s in a goroutine and show the result with fyne.Do: go func() { v := work(); fyne.Do(func() { label.SetText(v) }) }()",
		"把 %[1]s 放进 goroutine，结果用 fyne.Do 显示：go func() { v := work(); fyne.Do(func() { label.SetText(v) }) }()"},
	"remedy.change.async.fyne25": {
		"run %[1]s in a goroutine; before Fyne 2.6 it may set widgets from there: go func() { label.SetText(work()) }()",
		"把 %[1]s 放进 goroutine；Fyne 2.6 之前可以直接在那里更新控件：go func() { label.SetText(work()) }()"},
	"remedy.change.async.gio": {
		"run %[1]s in a goroutine that puts its result under a lock or in a channel and then calls window.Invalidate()",
		"把 %[1]s 放进 goroutine，结果加锁保存或写入 channel，然后调用 window.Invalidate()"},
	"remedy.change.async.ebitengine": {
		"run %[1]s in a goroutine that sends its result on a buffered channel; in Update read it without waiting: select { case v := <-results: … default: }",
		"把 %[1]s 放进 goroutine，结果写入带缓冲的 channel；在 Update 里不等待地读取：select { case v := <-results: … default: }"},
	"remedy.change.async.glfw": {
		"run %[1]s in a goroutine that sends its result on a buffered channel and calls glfw.PostEmptyEvent(); read the channel after glfw.WaitEvents, without waiting",
		"把 %[1]s 放进 goroutine，结果写入带缓冲的 channel 并调用 glfw.PostEmptyEvent()；主循环在 glfw.WaitEvents 之后不等待地读取"},

	"finding.ui-blocked/sleep.now": {
		"wait: it goes on when the sleep is over",
		"可以等：睡眠结束后它会继续"},
	"finding.ui-blocked/sleep.change": {
		"never sleep in a callback: %[1]s should start a timer and return",
		"不要在回调里睡眠：%[1]s 应当启动定时器后立即返回"},
	"finding.ui-blocked/sleep.change.fyne": {
		"time.AfterFunc(d, func() { fyne.Do(next) }), or a fyne.Animation where something is to move",
		"用 time.AfterFunc(d, func() { fyne.Do(next) })；要做动画就用 fyne.Animation"},
	"finding.ui-blocked/sleep.change.gio": {
		"ask for a later frame instead: gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(d)})",
		"改为预约稍后的一帧：gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(d)})"},
	"finding.ui-blocked/sleep.change.ebitengine": {
		"count ticks in Update (ebiten.TPS() of them make a second), or compare times; Ebitengine keeps the rate itself",
		"在 Update 里数 tick（每秒 ebiten.TPS() 个）或比较时间；帧率由 Ebitengine 自己控制"},
	"finding.ui-blocked/sleep.change.glfw": {
		"let the loop wait for events with a limit: glfw.WaitEventsTimeout(seconds)",
		"让主循环限时等待事件：glfw.WaitEventsTimeout(seconds)"},

	"finding.ui-blocked/mutex.now": {
		"the lock comes free when goroutine %[1]d leaves %[2]s (%[3]s): end what that one waits for",
		"goroutine %[1]d 离开 %[2]s（%[3]s）后锁才会释放：先解决它在等的东西"},
	"finding.ui-blocked/mutex.now.dump": {
		"next time, ask the living program, which shows the holder: gomedic check PID",
		"下次直接诊断运行中的程序，可以看到持有者：gomedic check PID"},
	"finding.ui-blocked/mutex.now.busy": {
		"the lock comes free when goroutine %[1]d, which computes, leaves %[2]s (%[3]s): wait, or end that job",
		"goroutine %[1]d 正在计算，离开 %[2]s（%[3]s）后锁才会释放：等它结束，或中止该任务"},
	"finding.ui-blocked/mutex.now.perhaps": {
		"look whether goroutine %[1]d, %[2]s at %[3]s, has taken the lock",
		"请确认 goroutine %[1]d（%[2]s，%[3]s）是否锁上了它"},
	"finding.ui-blocked/mutex.now.gone": {
		"nothing can release the lock any more: keep the evidence (gomedic check %[1]d --save freeze.gomedic), then restart",
		"这把锁再也没有谁能释放：先保留现场（gomedic check %[1]d --save freeze.gomedic），再重启"},
	"finding.ui-blocked/mutex.change1": {
		"shorten the critical section of %[1]s: lock, copy what is needed, unlock, then work on the copy",
		"缩短 %[1]s 的临界区：加锁、复制所需数据、解锁，再处理副本"},
	"finding.ui-blocked/mutex.change2": {
		"do network, disk and sleep in %[1]s outside the lock",
		"%[1]s 里的网络、磁盘操作和睡眠要放到锁外"},
	"finding.ui-blocked/mutex.change3": {
		"in %[1]s show the last known value: an atomic.Pointer to a snapshot, or TryLock and draw the old state when it fails",
		"在 %[1]s 里显示最近一次的值：用 atomic.Pointer 保存快照，或用 TryLock，失败时沿用旧状态"},
	"finding.ui-blocked/mutex.change.contended": {
		"let fewer goroutines take the lock, and each for a shorter time: collect in each worker, then lock once",
		"减少争抢这把锁的 goroutine，并缩短持锁时间：各自先汇总，再加一次锁"},
	"finding.ui-blocked/mutex.change.gone": {
		"write defer mu.Unlock() right after every mu.Lock(): a return or a panic in between leaves the lock taken",
		"每个 mu.Lock() 之后立即写 defer mu.Unlock()：中途 return 或 panic 会让锁一直占着"},
	"finding.ui-blocked/mutex.change.reader": {
		"%[1]s must not keep the read lock while it waits: one reader is enough to hold up every writer, and behind the writer all new readers",
		"%[1]s 在等待时不要占着读锁：一个读者就能挡住所有写者，写者后面的新读者也会被挡住"},
	"finding.ui-blocked/mutex.change.once": {
		"start %[1]s in a goroutine when the program starts, and show \"loading\" until it is done",
		"程序启动时就在 goroutine 里执行 %[1]s，完成之前界面显示“加载中”"},

	"finding.ui-blocked/cond.now": {
		"it goes on when goroutine %[1]d is through: %[2]s at %[3]s",
		"goroutine %[1]d 走完后它才会继续：%[2]s，位于 %[3]s"},
	"finding.ui-blocked/cond.now.nobody": {
		"nobody is left to wake it: keep the evidence (gomedic check %[1]d --save freeze.gomedic), then restart",
		"已没有谁能唤醒它：先保留现场（gomedic check %[1]d --save freeze.gomedic），再重启"},
	"finding.ui-blocked/cond.change": {
		"a callback must not wait: let the goroutine that would signal %[1]s call back into the UI instead",
		"回调里不能等待：让本该通知 %[1]s 的 goroutine 反过来通知界面"},
	"finding.ui-blocked/cond.change.waitgroup": {
		"move the Wait of %[1]s into a goroutine: go func() { wg.Wait(); … tell the UI … }()",
		"把 %[1]s 里的 Wait 挪进 goroutine：go func() { wg.Wait(); …通知界面… }()"},
	"finding.ui-blocked/cond.change.signal": {
		"change the condition under the lock and call Broadcast on every path, also on errors; wait in a for loop that tests the condition",
		"在锁内修改条件，并在每条路径上（包括出错时）调用 Broadcast；等待方用 for 循环检查条件"},
	"finding.ui-blocked/cond.change.done": {
		"call wg.Add(1) before the go statement and defer wg.Done() as the first line of the goroutine, or use wg.Go (Go 1.25)",
		"在 go 语句之前调用 wg.Add(1)，goroutine 第一行写 defer wg.Done()，或使用 wg.Go（Go 1.25）"},

	"finding.ui-blocked/channel.now": {
		"it goes on when goroutine %[1]d sends, receives or closes: %[2]s at %[3]s",
		"goroutine %[1]d 收发或关闭 channel 后它才会继续：%[2]s，位于 %[3]s"},
	"finding.ui-blocked/channel.now.nobody": {
		"nobody else has this channel: keep the evidence (gomedic check %[1]d --save freeze.gomedic), then restart",
		"没有别的 goroutine 持有这个 channel：先保留现场（gomedic check %[1]d --save freeze.gomedic），再重启"},
	"finding.ui-blocked/channel.change.receive": {
		"%[1]s must not wait for the answer: receive in a goroutine and hand the value to the UI",
		"%[1]s 不要等待应答：在 goroutine 里接收，再把值交给界面"},
	"finding.ui-blocked/channel.change.send": {
		"%[1]s must not wait for the reader: send with select and default, or give the channel a buffer and decide what to drop",
		"%[1]s 不要等待接收方：用带 default 的 select 发送，或给 channel 加缓冲并决定丢弃什么"},
	"finding.ui-blocked/channel.change.select": {
		"give the select in %[1]s a default case, or move it into a goroutine",
		"给 %[1]s 里的 select 加上 default 分支，或把它移进 goroutine"},
	"finding.ui-blocked/channel.change.pool": {
		"close what keeps a connection: defer rows.Close() after each Query, tx.Rollback() on every path; query outside of %[1]s, in a goroutine",
		"及时归还连接：每次 Query 后 defer rows.Close()，事务的每条路径都 tx.Rollback()；查询移出 %[1]s，放进 goroutine"},
	"finding.ui-blocked/channel.change.nil": {
		"the channel in %[1]s was never made: create it with make before it is used",
		"%[1]s 里的 channel 从未创建：使用之前先 make"},
	"finding.ui-blocked/channel.change.close": {
		"let the sender of %[1]s's channel close it on every path (defer close(ch)), so that a receiver always comes through",
		"让发送方在每条路径上都关闭 %[1]s 所等的 channel（defer close(ch)），接收方才总能走完"},
	"finding.ui-blocked/channel.change.fyne": {
		"receive in a goroutine: go func() { v := <-ch; fyne.Do(func() { show(v) }) }()",
		"在 goroutine 里接收：go func() { v := <-ch; fyne.Do(func() { show(v) }) }()"},
	"finding.ui-blocked/channel.change.gio": {
		"receive in a goroutine that stores the value and calls window.Invalidate()",
		"在 goroutine 里接收，保存后调用 window.Invalidate()"},
	"finding.ui-blocked/channel.change.ebitengine": {
		"in Update: select { case v := <-ch: … default: }",
		"在 Update 里：select { case v := <-ch: … default: }"},
	"finding.ui-blocked/channel.change.glfw": {
		"in the loop: select { case v := <-ch: … default: }; the sender calls glfw.PostEmptyEvent()",
		"在主循环里：select { case v := <-ch: … default: }；发送方调用 glfw.PostEmptyEvent()"},

	"finding.ui-blocked/network.now": {
		"wait for the time-out, if the call has one, or make the other side answer",
		"调用若设了超时就等它超时，或设法让对方应答"},
	"finding.ui-blocked/network.now.remote": {
		"see whether %[1]s is up and answers; the UI goes on as soon as it does, or when the connection breaks",
		"检查 %[1]s 是否正常应答；一旦应答或连接断开，界面就会恢复"},
	"finding.ui-blocked/network.now.close": {
		"to free the UI of pid %[1]d, close its connection from outside, as root: ss -K dst %[2]s",
		"要让 pid %[1]d 的界面恢复，可用 root 从外部断开连接：ss -K dst %[2]s"},
	"finding.ui-blocked/network.change1": {
		"give every call a limit: http.Client{Timeout: …}, context.WithTimeout, net.Dialer{Timeout: …}, SetDeadline; http.DefaultClient has none",
		"给每次调用设时限：http.Client{Timeout: …}、context.WithTimeout、net.Dialer{Timeout: …}、SetDeadline；http.DefaultClient 没有超时"},
	"finding.ui-blocked/network.change2": {
		"pass a context and give the user a Cancel button that cancels it",
		"传入 context，并给用户一个取消按钮来取消它"},

	"finding.ui-blocked/disk.now": {
		"see whether the disk or the network mount is stuck: dmesg, iostat -x 1, df on the path",
		"检查磁盘或网络挂载是否卡住：dmesg、iostat -x 1、对该路径执行 df"},
	"finding.ui-blocked/disk.now.file": {
		"see what is the matter with %[1]s: a slow disk, a hanging network mount, a pipe without a writer, another process that locks it (lsof, /proc/locks)",
		"查看 %[1]s 的情况：磁盘太慢、网络挂载卡死、管道没有写入方，或被别的进程锁住（lsof、/proc/locks）"},
	"finding.ui-blocked/disk.change": {
		"read and write files in a goroutine; the UI goroutine keeps only what it shows",
		"在 goroutine 里读写文件，界面 goroutine 只保存要显示的内容"},
	"finding.ui-blocked/disk.change.fsync": {
		"save in the background: write, Sync and rename in a goroutine, and show when it is done",
		"在后台保存：写入、Sync、重命名都放在 goroutine 里，完成后再提示"},
	"finding.ui-blocked/disk.change.lock": {
		"take file locks without waiting (LOCK_NB), and tell the user who has the file",
		"以非阻塞方式加文件锁（LOCK_NB），失败时告诉用户文件被占用"},

	"finding.ui-blocked/process.now": {
		"end the child process, or let it finish: the UI then goes on",
		"结束子进程，或等它运行完：界面随后就会恢复"},
	"finding.ui-blocked/process.now.child": {
		"if it may go: kill %[1]d (%[2]s); the UI then goes on with an error",
		"如果可以舍弃：kill %[1]d（%[2]s），界面会带着错误继续运行"},
	"finding.ui-blocked/process.change": {
		"use exec.CommandContext with a time-out, in a goroutine; set cmd.WaitDelay, or grandchildren that keep the pipe open keep Wait waiting",
		"在 goroutine 里使用带超时的 exec.CommandContext；并设置 cmd.WaitDelay，否则孙进程占着管道时 Wait 不会返回"},
	"finding.ui-blocked/process.change.pipe": {
		"read the child's output while it runs: it stops when the pipe is full (64 KiB)",
		"边运行边读取子进程的输出：管道写满（64 KiB）后它会停住"},

	"finding.ui-blocked/cgo.now": {
		"see what the C code does: gdb -p %[1]d -batch -ex \"thread apply all bt\"",
		"查看 C 代码在做什么：gdb -p %[1]d -batch -ex \"thread apply all bt\""},
	"finding.ui-blocked/cgo.change": {
		"call %[1]s from a goroutine of its own; Go cannot interrupt C code",
		"在单独的 goroutine 里调用 %[1]s；Go 无法中断 C 代码"},
	"finding.ui-blocked/cgo.change.limit": {
		"give the C call a time-out or a cancel flag of its own, if the library has one",
		"如果该 C 库支持，给调用设置超时或取消标志"},

	"finding.ui-blocked/syscall.now": {
		"see what the kernel waits for, as root: cat /proc/%[1]d/task/%[2]d/stack",
		"用 root 查看内核在等什么：cat /proc/%[1]d/task/%[2]d/stack"},
	"finding.ui-blocked/syscall.change": {
		"make the call of %[1]s in a goroutine, or without blocking (O_NONBLOCK, a time-out)",
		"在 goroutine 里调用 %[1]s，或改用非阻塞方式（O_NONBLOCK、超时）"},

	"finding.ui-deadlock.now": {
		"no waiting helps. Keep the evidence (gomedic check %[1]d --save freeze.gomedic), then kill -QUIT %[1]d and start it again",
		"等待没有用。先保留现场（gomedic check %[1]d --save freeze.gomedic），再 kill -QUIT %[1]d 并重新启动"},
	"finding.ui-deadlock.change.order": {
		"take the locks in the same order everywhere, or one lock for both",
		"所有地方按同一顺序加锁，或合并成一把锁"},
	"finding.ui-deadlock.change.callback": {
		"while %[1]s waits for the UI it must hold nothing that the UI waits for, and no callback may wait for %[1]s",
		"%[1]s 在等界面的时候，不能占着界面要等的东西；回调里也不能等待 %[1]s"},
	"finding.ui-deadlock.change.self": {
		"Go's locks are not reentrant: split the function into one that locks and one that expects the lock held",
		"Go 的锁不可重入：把函数拆成两个，一个负责加锁，一个要求调用者已加锁"},
	"finding.ui-deadlock.change.fyne": {
		"use fyne.Do, which does not wait, where fyne.DoAndWait is not needed; never wait in a callback for a goroutine that uses DoAndWait",
		"不需要等结果时用 fyne.Do（不等待）代替 fyne.DoAndWait；回调里不要等待会调用 DoAndWait 的 goroutine"},
	"finding.ui-deadlock.change.gio": {
		"Window.Run waits for the window's goroutine: start it in a goroutine, or store the wish and call window.Invalidate()",
		"Window.Run 会等待窗口的 goroutine：放进 goroutine 里调用，或先记下请求再调用 window.Invalidate()"},
	"finding.ui-deadlock.change.ebitengine": {
		"Ebitengine's image and window calls wait for the game or main thread: do not make them with a lock held that Update or Draw takes",
		"Ebitengine 的图像和窗口调用会等待游戏线程或主线程：持有 Update、Draw 要用的锁时不要调用它们"},
	"finding.ui-deadlock.change.glfw": {
		"queue work for the main thread without waiting for it, and call glfw.PostEmptyEvent()",
		"把任务放进主线程的队列而不等待，并调用 glfw.PostEmptyEvent()"},

	"finding.ui-busy/cpu.now": {
		"wait: the window answers again when the computation is done",
		"可以等：计算完成后窗口会恢复响应"},
	"finding.ui-busy/cpu.now.forever": {
		"if it never ends: keep the evidence (gomedic check %[1]d --save freeze.gomedic), then restart",
		"如果一直不结束：先保留现场（gomedic check %[1]d --save freeze.gomedic），再重启"},
	"finding.ui-busy/cpu.change": {
		"compute %[1]s once and keep the result, or find out with gomedic frames which part is dear",
		"%[1]s 只算一次并缓存结果，或用 gomedic frames 找出最耗时的部分"},
	"finding.ui-busy/cpu.change.steps": {
		"if %[1]s must run on the UI goroutine, do a few milliseconds of it in each frame",
		"如果 %[1]s 必须在界面 goroutine 上运行，就拆到每一帧里，每次只做几毫秒"},

	"finding.ui-busy/layout.now": {
		"wait: the window answers again when the layout is done",
		"可以等：排版完成后窗口会恢复响应"},
	"finding.ui-busy/layout.change": {
		"give the toolkit less at once: show only what is visible, and change many things in one go",
		"一次少交给界面库一些：只显示看得见的部分，多处修改合并成一次"},
	"finding.ui-busy/layout.change.fyne": {
		"show long contents in widget.List, Table or Tree, which build only the visible rows; in a container set Objects at once and Refresh once, instead of Add in a loop",
		"内容多时用 widget.List、Table 或 Tree，它们只创建可见的行；容器要一次设好 Objects 再 Refresh 一次，不要循环 Add"},
	"finding.ui-busy/layout.change.gio": {
		"lay out only the visible rows with layout.List; split long text into paragraphs, and keep one text.Shaper for the program",
		"用 layout.List 只排可见的行；长文本按段拆开，整个程序共用一个 text.Shaper"},
	"finding.ui-busy/layout.change.ebitengine": {
		"draw text and shapes that do not change into an ebiten.Image once; create no images, faces or fonts in Draw",
		"不变的文字和图形先画进 ebiten.Image；不要在 Draw 里创建图像、字形或字体"},
	"finding.ui-busy/layout.change.glfw": {
		"upload textures and buffers once and only what changed; draw what is visible",
		"纹理和缓冲只上传一次，之后只传变化的部分；只绘制可见内容"},
	"finding.ui-busy/layout.change.image": {
		"decode and scale images in a goroutine, to the size that is shown, and keep the result",
		"在 goroutine 里解码并缩放图像到显示尺寸，并缓存结果"},

	"finding.ui-busy/alloc.now": {
		"more memory for less collecting, until it is restarted from a fixed build: start it with GOGC=400",
		"发布修复版之前可用内存换时间：以 GOGC=400 启动"},
	"finding.ui-busy/alloc.change": {
		"allocate less in %[1]s: reuse buffers and images, give slices their capacity, build strings with strings.Builder",
		"%[1]s 要少分配内存：复用缓冲和图像，为切片预留容量，用 strings.Builder 拼接字符串"},
	"finding.ui-busy/alloc.change.limit": {
		"do not set GOMEMLIMIT near what the program lives on: the collector then runs all the time",
		"GOMEMLIMIT 不要设得接近程序的常驻内存，否则垃圾回收会不停运行"},

	"finding.ui-starved/scheduler.now": {
		"give the program CPU: end or pause what takes it",
		"给程序腾出 CPU：结束或暂停占用者"},
	"finding.ui-starved/scheduler.now.others": {
		"see who takes the CPU (top), and renice or end it",
		"用 top 查看是谁占用 CPU，降低其优先级或结束它"},
	"finding.ui-starved/scheduler.now.quota": {
		"raise the quota: cpu.max of its cgroup, --cpus of the container, limits.cpu of the pod",
		"提高配额：cgroup 的 cpu.max、容器的 --cpus、Pod 的 limits.cpu"},
	"finding.ui-starved/scheduler.change.goroutines": {
		"run fewer of %[1]s at once: a worker pool of runtime.GOMAXPROCS(0)-1 leaves a CPU for the UI",
		"减少同时运行的 %[1]s：工作池大小用 runtime.GOMAXPROCS(0)-1，给界面留一个 CPU"},
	"finding.ui-starved/scheduler.change.quota": {
		"from Go 1.25 on GOMAXPROCS follows the cgroup's quota; before, set it by hand, or goroutines use up the quota in a part of each period",
		"Go 1.25 起 GOMAXPROCS 会跟随 cgroup 配额；更早的版本需手动设置，否则每个周期的配额会提前用完"},
	"finding.ui-starved/scheduler.change.gomaxprocs": {
		"take GOMAXPROCS out of the environment and the code, or raise it",
		"去掉环境变量和代码里的 GOMAXPROCS 设置，或调大它"},

	"finding.ui-starved/scheduler.now.signal": {
		"let it go on: kill -CONT %[1]d, or fg in the shell that started it",
		"让它继续运行：kill -CONT %[1]d，或在启动它的 shell 里执行 fg"},
	"finding.ui-starved/scheduler.change.signal": {
		"find out who stops it: a job in the background that reads from its terminal is stopped, too (SIGTTIN)",
		"查明是谁暂停了它：后台任务读取终端时也会被暂停（SIGTTIN）"},
	"finding.ui-starved/scheduler.now.cgroup": {
		"let it go on: docker unpause, or write 0 to cgroup.freeze (v1: THAWED to freezer.state) of the cgroup of process %[1]d",
		"让它继续运行：docker unpause，或向进程 %[1]d 所在 cgroup 的 cgroup.freeze 写入 0（v1 为 freezer.state 写入 THAWED）"},
	"finding.ui-starved/scheduler.change.cgroup": {
		"find out who froze it: a backup, a checkpoint or a power-saving service that did not thaw it again",
		"查明是谁冻结了它：备份、检查点或省电服务可能忘了解冻"},

	"finding.ui-starved/gc.now": {
		"start it with GOGC=400 and without GOMEMLIMIT, if there is memory to spare",
		"如果内存有余，以 GOGC=400 启动，并去掉 GOMEMLIMIT"},
	"finding.ui-starved/gc.change": {
		"fewer pointers and fewer live objects make short collections; gomedic leak says what lives",
		"存活对象和指针越少，回收越快；用 gomedic leak 查看存活的内容"},

	"finding.ui-stalled/gpu.now": {
		"look for driver errors: journalctl -k -b | grep -iE \"gpu|drm|nvrm|amdgpu|i915\"; as a trial start it with LIBGL_ALWAYS_SOFTWARE=1",
		"查看驱动错误：journalctl -k -b | grep -iE \"gpu|drm|nvrm|amdgpu|i915\"；可试着以 LIBGL_ALWAYS_SOFTWARE=1 启动"},
	"finding.ui-stalled/gpu.change.frame": {
		"draw less in one frame: fewer and larger calls (one DrawTriangles for many), no antialiasing in software rendering, what does not change drawn once into an image",
		"减少每帧的绘制量：合并绘制调用（一次 DrawTriangles 画很多个），软件渲染时关闭抗锯齿，不变的内容只画一次并缓存成图像"},
	"finding.ui-stalled/gpu.change": {
		"take glFinish, glReadPixels and fence waits out of the frame of %[1]s, or do them in a later frame",
		"%[1]s 的每一帧里不要调用 glFinish、glReadPixels 或等待 fence，或推迟到后面的帧"},
	"finding.ui-stalled/gpu.change.software": {
		"it renders in software: install the graphics driver, or draw fewer pixels",
		"当前是软件渲染：安装显卡驱动，或减少绘制的像素"},
	"finding.ui-stalled/vsync.now": {
		"compare with another program (glxgears), and see the compositor's and the driver's vsync settings",
		"与别的程序对比（glxgears），并检查合成器和驱动的垂直同步设置"},
	"finding.ui-stalled/vsync.change": {
		"ask for vsync in one place only, and measure time instead of counting frames",
		"只在一处设置垂直同步；按时间而不是按帧数推进"},
	"finding.ui-stalled/vsync.change.ebitengine": {
		"ebiten.SetVsyncEnabled(true), and leave pacing to Ebitengine",
		"ebiten.SetVsyncEnabled(true)，节奏交给 Ebitengine"},
	"finding.ui-stalled/vsync.change.glfw": {
		"glfw.SwapInterval(1) after MakeContextCurrent, on the thread of that context",
		"在 MakeContextCurrent 之后、在该上下文的线程上调用 glfw.SwapInterval(1)"},

	"finding.ui-thread/unlocked.now": {
		"restart it if the window is grey: the loop may have moved to another thread",
		"窗口若已变灰就重启：循环可能已换到别的线程"},
	"finding.ui-thread/unlocked.change": {
		"call runtime.LockOSThread in func init of package main and run %[1]s from main itself",
		"在 main 包的 init 里调用 runtime.LockOSThread，并直接从 main 运行 %[1]s"},
	"finding.ui-thread/unlocked.change.fyne": {
		"call ShowAndRun or App.Run from main, not from a goroutine",
		"在 main 里调用 ShowAndRun 或 App.Run，不要放进 goroutine"},
	"finding.ui-thread/unlocked.change.gio": {
		"call app.Main at the end of main; windows may run in goroutines of their own",
		"在 main 的末尾调用 app.Main；窗口可以各自运行在 goroutine 里"},
	"finding.ui-thread/unlocked.change.ebitengine": {
		"call ebiten.RunGame from main, not from a goroutine",
		"在 main 里调用 ebiten.RunGame，不要放进 goroutine"},
	"finding.ui-thread/unlocked.change.glfw": {
		"func init() { runtime.LockOSThread() }, then glfw.Init and the event loop in main",
		"写 func init() { runtime.LockOSThread() }，glfw.Init 和事件循环都放在 main 里"},

	"finding.ui-thread/foreign-call.now": {
		"restart it if widgets look broken; what was drawn meanwhile may be wrong",
		"控件若已显示异常就重启；其间绘制的内容可能有误"},
	"finding.ui-thread/foreign-call.change": {
		"hand the call of %[1]s to the UI goroutine, through the toolkit's queue",
		"把对 %[1]s 的调用经由界面库的队列交给界面 goroutine"},
	"finding.ui-thread/foreign-call.change.fyne": {
		"fyne.Do(func() { … %[1]s … }) from Fyne 2.6 on",
		"Fyne 2.6 起使用 fyne.Do(func() { … %[1]s … })"},
	"finding.ui-thread/foreign-call.change.gio": {
		"%[1]s belongs to the window's goroutine: store the value, call window.Invalidate() and use it in the next FrameEvent",
		"%[1]s 属于窗口的 goroutine：先保存值，调用 window.Invalidate()，在下一个 FrameEvent 里使用"},
	"finding.ui-thread/foreign-call.change.ebitengine": {
		"call %[1]s from Update or Draw; goroutines send them their results on a channel",
		"在 Update 或 Draw 里调用 %[1]s；其他 goroutine 通过 channel 把结果送过去"},
	"finding.ui-thread/foreign-call.change.glfw": {
		"call %[1]s on the main thread: send a func on a channel that the loop reads after glfw.PollEvents",
		"在主线程上调用 %[1]s：把函数送进 channel，由主循环在 glfw.PollEvents 之后执行"},

	"finding.ui-thread/risky-call.now": {
		"nothing is stuck yet; it will be when the network, the disk or the lock is slow",
		"现在还没有卡住；网络、磁盘或锁变慢时就会卡住"},
	"finding.ui-thread/risky-call.change": {
		"move %[1]s into a goroutine before it bites",
		"趁还没出问题，把 %[1]s 移进 goroutine"},
}
