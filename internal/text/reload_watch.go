package text

// reloadWatches are the sentences about watched files. Keys and arguments:
//
//	finding.reload/partial-read.title[.wait|.dropped]  function
//	finding.reload/lost-watch.title[.VARIANT]          function
//	finding.reload/torn-set.title                      function
//	why.watch.partial.CASE     empty loads, cut loads, loads, saves (int)
//	why.watch.missed.CASE      saves missed, saves (int)
//	why.watch.acts[.KIND]      events, how long it waits
//	why.watch.torn             gap, torn loads, loads
var reloadWatches = Table{
	"finding.reload/partial-read.title":                {"%[1]s loads files while they are still being written", "%[1]s 在文件还没写完时就加载"},
	"finding.reload/partial-read.title.wait":           {"%[1]s waits too short a time: files are loaded while they are still being written", "%[1]s 等待的时间太短：文件还没写完就被加载"},
	"finding.reload/partial-read.title.dropped":        {"%[1]s acts on the beginning of a save and drops its end", "%[1]s 只对保存的开头作出反应，结尾被丢弃"},
	"finding.reload/partial-read.now":                  {"save the file once more, at one go: the last load then has all of it", "把文件再完整保存一次：最后一次加载就是完整的"},
	"finding.reload/partial-read.change.fsnotify":      {"load when nothing has come for 100 ms (one time.AfterFunc, with Reset at each event), and keep the old content where the new one does not parse: fsnotify tells of the first byte, and of no close", "等 100 毫秒没有新事件再加载（一个 time.AfterFunc，每次事件 Reset），新内容解析失败就保留旧的：fsnotify 在写第一个字节时就通知，却从不通知关闭"},
	"finding.reload/partial-read.change.notify":        {"ask notify.Watch for notify.InCloseWrite and notify.InMovedTo instead of Write and Create: they come when the file is whole", "向 notify.Watch 请求 notify.InCloseWrite 和 notify.InMovedTo，代替 Write 和 Create：它们在文件写完后才来"},
	"finding.reload/partial-read.change.gonotify":      {"watch for IN_CLOSE_WRITE and IN_MOVED_TO instead of IN_MODIFY and IN_CREATE: they come when the file is whole", "监视 IN_CLOSE_WRITE 和 IN_MOVED_TO，代替 IN_MODIFY 和 IN_CREATE：它们在文件写完后才来"},
	"finding.reload/partial-read.change.watcher":       {"polling sees a file in the middle of a save: load it only when two looks in a row find the same size and time", "轮询会看到写到一半的文件：连续两次看到同样的大小和时间后再加载"},
	"finding.reload/partial-read.change.watch":         {"or take github.com/gomedic/gomedic/reload/watch, which tells of a file once its writer has closed it: w, err := watch.New(watch.Options{Dirs: []string{dir}}); for c := range w.Changes() { load(c.Added, c.Changed) }", "或者改用 github.com/gomedic/gomedic/reload/watch，写者关闭文件后它才通知：w, err := watch.New(watch.Options{Dirs: []string{dir}}); for c := range w.Changes() { load(c.Added, c.Changed) }"},
	"finding.reload/lost-watch.title":                  {"%[1]s watches a file, and no longer follows it once an editor has replaced it", "%[1]s 监视的是单个文件，编辑器替换文件之后就跟不上了"},
	"finding.reload/lost-watch.title.perhaps":          {"%[1]s no longer follows what it watches once an editor has replaced it, if that is a file", "如果 %[1]s 监视的是单个文件，编辑器替换文件之后就跟不上了"},
	"finding.reload/lost-watch.title.events":           {"%[1]s leaves out the events of a file that is replaced: such saves are not loaded", "%[1]s 忽略了文件被替换时的事件：这样的保存不会被加载"},
	"finding.reload/lost-watch.title.stuck":            {"%[1]s adds a watch where the events are taken, and it and the library wait for each other for good", "%[1]s 在取事件的地方添加监视，与监视库互相等待，再也走不下去"},
	"finding.reload/lost-watch.title.overflow":         {"%[1]s does not look again when events were lost", "%[1]s 在事件丢失后没有重新查看"},
	"finding.reload/lost-watch.title.unread":           {"%[1]s takes no errors of its watcher, which stands still for good at the first one", "%[1]s 不读取监视库的错误，第一个错误就会让监视永远停住"},
	"finding.reload/lost-watch.title.buffer":           {"%[1]s takes events from a channel that drops them when it is full", "%[1]s 从一个满了就丢弃事件的 channel 里取事件"},
	"finding.reload/lost-watch.title.new-dirs":         {"%[1]s watches new directories too late: what is written into them at once is not seen", "%[1]s 监视新目录太晚：立刻写进去的文件看不到"},
	"finding.reload/lost-watch.title.no-new-dirs":      {"%[1]s watches the directories that are there, and none that appears", "%[1]s 只监视已有的目录，不监视新出现的目录"},
	"finding.reload/lost-watch.now":                    {"restart the program: it loads what is there and watches anew", "重启程序：它会加载现有内容并重新开始监视"},
	"finding.reload/lost-watch.change.file":            {"watch filepath.Dir(path), and compare the name of each event with the path", "监视 filepath.Dir(path)，并把每个事件的名字与路径比较"},
	"finding.reload/lost-watch.change.events":          {"act on Create as well: a file that is renamed over another comes as Create in its directory", "也要处理 Create：改名覆盖另一个文件时，目录里来的是 Create"},
	"finding.reload/lost-watch.change.events.notify":   {"ask for notify.InMovedTo as well: a file that is renamed over another comes so", "也要请求 notify.InMovedTo：改名覆盖另一个文件时来的是它"},
	"finding.reload/lost-watch.change.events.gonotify": {"watch for IN_MOVED_TO as well: a file that is renamed over another comes so", "也要监视 IN_MOVED_TO：改名覆盖另一个文件时来的是它"},
	"finding.reload/lost-watch.change.stuck":           {"take the Errors channel in a goroutine of its own, and add watches in another than the one that takes Events", "用单独的 goroutine 读取 Errors，并且不要在取 Events 的 goroutine 里添加监视"},
	"finding.reload/lost-watch.change.overflow":        {"when the library says that events were lost (fsnotify: errors.Is(err, fsnotify.ErrEventOverflow)), walk the directories and compare all files", "监视库说事件丢失时（fsnotify：errors.Is(err, fsnotify.ErrEventOverflow)），遍历目录并比较所有文件"},
	"finding.reload/lost-watch.change.unread":          {"take Errors in the same select as Events, and at errors.Is(err, fsnotify.ErrEventOverflow) walk the directories and compare all files", "在取 Events 的同一个 select 里读取 Errors；遇到 errors.Is(err, fsnotify.ErrEventOverflow) 就遍历目录并比较所有文件"},
	"finding.reload/lost-watch.change.buffer":          {"give the channel room for a burst (make(chan notify.EventInfo, 4096)), take events without working in between, and look at all files again after a busy time", "给 channel 留出突发的余量（make(chan notify.EventInfo, 4096)），取事件时不做别的事，忙完之后再查看一遍所有文件"},
	"finding.reload/lost-watch.change.new-dirs":        {"when a directory appears, watch it first and then read it: what is in it already is new, and its directories are watched the same way", "新目录出现时，先监视它再读它：里面已有的都是新的，其中的目录同样处理"},
	"finding.reload/lost-watch.change.watch":           {"or take github.com/gomedic/gomedic/reload/watch, which follows every way to save, new directories and lost events: w, err := watch.New(watch.Options{Dirs: []string{dir}}); for c := range w.Changes() { load(c.Added, c.Changed) }", "或者改用 github.com/gomedic/gomedic/reload/watch，它能跟上各种保存方式、新目录和丢失的事件：w, err := watch.New(watch.Options{Dirs: []string{dir}}); for c := range w.Changes() { load(c.Added, c.Changed) }"},
	"finding.reload/torn-set.title":                    {"%[1]s loads files that belong together from different saves", "%[1]s 把属于一起的文件从不同的保存中加载"},
	"finding.reload/torn-set.now":                      {"save all files of the set once more: the last load then has them of one save", "把这组文件全部再保存一次：最后一次加载就来自同一次保存"},
	"finding.reload/torn-set.change":                   {"no waiting time is long enough for every gap: hash all files of the set, load when the set is consistent (a version or the hashes of the others in one of them), and compare the hashes again before the swap", "等多久都不够应付所有间隔：对整组文件求哈希，整组一致时再加载（其中一个文件写有版本或其他文件的哈希），切换前再比较一次哈希"},
	"finding.reload/torn-set.change.watch":             {"or declare them to github.com/gomedic/gomedic/reload/watch as a set: watch.Options{Dirs: []string{dir}, Sets: []watch.Set{{Name: \"theme\", Match: isTheme, Consistent: agree}}}", "或者在 github.com/gomedic/gomedic/reload/watch 里把它们声明为一组：watch.Options{Dirs: []string{dir}, Sets: []watch.Set{{Name: \"theme\", Match: isTheme, Consistent: agree}}}"},

	"why.watch.partial.write-file":  {"saves by os.WriteFile: %[1]d of %[3]d loads were empty and %[2]d cut off, of %[4]d saves", "os.WriteFile 保存 %[4]d 次：%[3]d 次加载中 %[1]d 次为空，%[2]d 次不完整"},
	"why.watch.partial.slow-save":   {"saves in 12 pieces, 10 ms apart: %[1]d of %[3]d loads were empty and %[2]d cut off, of %[4]d saves", "分 12 段、每段间隔 10 毫秒保存 %[4]d 次：%[3]d 次加载中 %[1]d 次为空，%[2]d 次不完整"},
	"why.watch.partial.vim-save":    {"saves as vim does them (a backup, then written anew): %[1]d of %[3]d loads were empty and %[2]d cut off, of %[4]d saves", "像 vim 那样保存（先备份，再重新写）%[4]d 次：%[3]d 次加载中 %[1]d 次为空，%[2]d 次不完整"},
	"why.watch.partial.rename-save": {"saves by renaming: %[1]d of %[3]d loads were empty and %[2]d cut off, of %[4]d saves", "改名保存 %[4]d 次：%[3]d 次加载中 %[1]d 次为空，%[2]d 次不完整"},
	"why.watch.dropped":             {"the last content of %[1]d of %[2]d saves was never loaded: what comes within %[3]s of a load is dropped", "%[2]d 次保存中有 %[1]d 次的最终内容从未加载：加载后 %[3]s内到来的事件被丢弃"},
	"why.watch.acts":                {"it acts at once on %[1]s", "它收到 %[1]s 就立刻行动"},
	"why.watch.acts.quiet":          {"it acts on %[1]s, once nothing has come for %[2]s", "它对 %[1]s 作出反应，要等 %[2]s没有新事件"},
	"why.watch.acts.sleep":          {"it acts on %[1]s, %[2]s after the first of them, whether the save is over or not", "它对 %[1]s 作出反应，在第一个事件之后 %[2]s行动，不管保存是否结束"},
	"why.watch.acts.skip":           {"it acts at once on %[1]s, and then on nothing for %[2]s", "它收到 %[1]s 就立刻行动，随后 %[2]s内什么都不理"},
	"why.watch.acts.poll":           {"the library looks every %[2]s, and tells of %[1]s", "监视库每 %[2]s查看一次，通知 %[1]s"},
	"why.watch.missed.rename-save":  {"saves by renaming: %[1]d of %[2]d were not loaded", "改名保存：%[2]d 次中有 %[1]d 次没有加载"},
	"why.watch.missed.vim-save":     {"saves as vim does them (a backup, then written anew): %[1]d of %[2]d were not loaded", "像 vim 那样保存（先备份，再重新写）：%[2]d 次中有 %[1]d 次没有加载"},
	"why.watch.missed.write-file":   {"saves by os.WriteFile: %[1]d of %[2]d were not loaded", "os.WriteFile 保存：%[2]d 次中有 %[1]d 次没有加载"},
	"why.watch.missed.slow-save":    {"saves in pieces: %[1]d of %[2]d were not loaded", "分段保存：%[2]d 次中有 %[1]d 次没有加载"},
	"why.watch.file":                {"the watch stays with the file that was there, not with its name", "监视跟着原来的文件走，而不是跟着名字走"},
	"why.watch.readds":              {"the code watches it again, and still these saves were not loaded", "代码会重新监视，但这些保存仍然没有加载"},
	"why.watch.stuck":               {"the library sends an error while it holds its lock; who adds a watch waits for the lock and takes no error meanwhile", "监视库拿着锁发送错误；添加监视的一方在等锁，此时不读取错误"},
	"why.watch.overflow":            {"%[2]d files were written while the program was busy: of %[1]d it was told nothing", "程序忙碌时写入 %[2]d 个文件：其中 %[1]d 个它没有得到任何通知"},
	"why.watch.unread":              {"the library waits until its error is taken, and then told of nothing any more, not even of files saved later", "监视库要等错误被取走，之后不再通知任何事，连后来保存的文件也没有"},
	"why.watch.silent":              {"after that it told of nothing any more, not even of files saved later", "此后它不再通知任何事，连后来保存的文件也没有"},
	"why.watch.buffer":              {"the channel keeps %[1]d events, and the library drops the rest without a word", "channel 只保存 %[1]d 个事件，其余的被监视库悄悄丢弃"},
	"why.watch.told":                {"the library said so, and nothing was done about it", "监视库报告了，却没有人处理"},
	"why.watch.new-dirs":            {"%[2]d new directories with a file each: %[1]d files were not seen", "%[2]d 个新目录各有一个文件：%[1]d 个文件没有看到"},
	"why.watch.wait-all":            {"less sure: after waiting %[1]s the files are there, and code that loads everything then loads them, too", "把握降低：等待 %[1]s后文件已经在了，若代码此时加载全部，也会加载它们"},
	"why.watch.torn":                {"two files saved %[1]s apart: %[2]d of %[3]d loads had them of different saves", "两个文件相隔 %[1]s先后保存：%[3]d 次加载中有 %[2]d 次来自不同的保存"},
	"why.watch.related":             {"less sure: whether its files belong together, the code does not say", "把握降低：代码没有说明这些文件是否属于一组"},
	"why.watch.assumed.target":      {"less sure: the code does not show whether a file or a directory is watched", "把握降低：代码看不出监视的是文件还是目录"},
	"why.watch.assumed.events":      {"less sure: the code does not show which events count; all were taken", "把握降低：代码看不出哪些事件算数；按全部处理"},
	"why.watch.assumed.wait":        {"less sure: the code does not show how long it waits; 100 ms were taken", "把握降低：代码看不出等待多久；按 100 毫秒处理"},
	"why.watch.via":                 {"less sure: %[1]s stands between, and may do more than pass events on", "把握降低：中间隔着 %[1]s，它可能不只是转交事件"},
	"why.watch.library":             {"tried with %[1]s %[2]s, as the module has it", "用模块里的 %[1]s %[2]s 试验"},
	"why.watch.library.via":         {"tried with %[1]s %[2]s, which %[3]s wraps", "用 %[3]s 所封装的 %[1]s %[2]s 试验"},
}

// reloadCheck are the sentences of gomedic reload-check.
var reloadCheck = Table{
	"reload-check.stage.read":  {"reading the source", "正在阅读源代码"},
	"reload-check.stage.build": {"building the trial", "正在编译试验程序"},
	"reload-check.stage.try":   {"saving files and counting loads", "正在保存文件并统计加载"},

	"reload-check.healthy":        {"Every save was loaded whole, whatever way it was made", "无论怎样保存，每次都完整加载"},
	"reload-check.healthy.info":   {"Ordinary saves were loaded whole", "普通的保存都完整加载"},
	"reload-check.healthy.part":   {"What was tried was loaded whole; not everything could be tried", "试过的都完整加载；并非所有情况都能试"},
	"reload-check.looked":         {"%[1]s %[2]s: %[3]d saves in %[4]d ways, %[5]d loads, all whole", "%[1]s %[2]s：以 %[4]d 种方式保存 %[3]d 次，加载 %[5]d 次，全部完整"},
	"reload-check.looked.partial": {"%[1]s %[2]s: %[3]d saves in %[4]d ways, %[5]d loads, %[6]d of them not whole", "%[1]s %[2]s：以 %[4]d 种方式保存 %[3]d 次，加载 %[5]d 次，其中 %[6]d 次不完整"},

	"error.reload-check-none":     {"no watcher library is used in %[1]s", "%[1]s 没有使用任何监视库"},
	"error.reload-check-indirect": {"no code of this module watches files; %[1]s is only there for a dependency", "这个模块的代码没有监视文件；%[1]s 只是某个依赖在用"},
	"error.reload-check-no-add":   {"%[1]s leads to a watcher library, and nothing in the module's code begins to watch a path", "%[1]s 引用了监视库，但模块代码里没有开始监视任何路径"},
	"error.reload-check-inotify":  {"package %[1]s calls inotify itself: there is no library to try", "包 %[1]s 直接调用 inotify：没有可试验的监视库"},
	"hint.reload-check-none":      {"fsnotify, rjeczalik/notify, illarion/gonotify, radovskyb/watcher and gomedic's reload/watch are known; name the directory of the module that watches", "已知 fsnotify、rjeczalik/notify、illarion/gonotify、radovskyb/watcher 和 gomedic 的 reload/watch；请给出负责监视的模块目录"},
	"hint.reload-check-inotify":   {"act on IN_CLOSE_WRITE and IN_MOVED_TO of the directory, and on IN_Q_OVERFLOW; gomedic explain reload/partial-read", "请处理目录的 IN_CLOSE_WRITE 和 IN_MOVED_TO，以及 IN_Q_OVERFLOW；见 gomedic explain reload/partial-read"},
	"error.reload-check-dir":      {"%[1]s is no directory", "%[1]s 不是目录"},
	"error.reload-check-module":   {"%[1]s is in no Go module", "%[1]s 不在任何 Go 模块里"},
	"error.reload-check-args":     {"reload-check takes one directory, and got %[1]d arguments", "reload-check 需要一个目录，实际有 %[1]d 个参数"},
	"error.reload-check-bundle":   {"%[1]s holds nothing about watching files", "%[1]s 里没有关于监视文件的内容"},
	"hint.reload-check":           {"name a directory of the project: gomedic reload-check .", "请给出项目的目录：gomedic reload-check ."},
	"error.reload-check-build":    {"no program can be built with the module's %[1]s: %[2]s", "无法用模块里的 %[1]s 编译程序：%[2]s"},
	"hint.reload-check-build":     {"go build ./... must work there; go mod download or go mod vendor fetches what is missing", "go build ./... 须能成功；go mod download 或 go mod vendor 会补上缺失的模块"},

	"limit.reload-check.types.why":    {"package %[1]s was read in part: %[2]s", "包 %[1]s 只读了一部分：%[2]s"},
	"limit.reload-check.types.help":   {"go build ./... shows all errors; the rest was read", "go build ./... 会列出全部错误；其余部分已读取"},
	"limit.reload-check.inotify.why":  {"package %[1]s also calls inotify itself, which was not tried", "包 %[1]s 还直接调用了 inotify，没有试验"},
	"limit.reload-check.inotify.help": {"what holds for a library holds for it: gomedic explain reload/partial-read", "对监视库成立的，对它也成立：gomedic explain reload/partial-read"},
	"limit.reload-check.target.why":   {"the code does not show what %[1]s watches: a directory was tried, which is the usual way, and a file", "代码看不出 %[1]s 监视什么：按通常做法试了目录，也试了文件"},
	"limit.reload-check.target.help":  {"a path from filepath.Dir or a walk is recognised as a directory, one with an extension as a file", "来自 filepath.Dir 或遍历的路径会认作目录，带扩展名的会认作文件"},
	"limit.reload-check.events.why":   {"the code does not show which events of %[1]s count: all were taken", "代码看不出 %[1]s 的哪些事件算数：按全部处理"},
	"limit.reload-check.events.help":  {"name them where they are taken: event.Has(fsnotify.Write)", "请在取事件的地方写明：event.Has(fsnotify.Write)"},
	"limit.reload-check.wait.why":     {"the code does not show how long it waits after an event of %[1]s: 100 ms were taken", "代码看不出收到 %[1]s 的事件后等待多久：按 100 毫秒处理"},
	"limit.reload-check.wait.help":    {"a constant, or the default of a flag, is recognised", "常量或命令行选项的默认值可以识别"},
	"limit.reload-check.time.why":     {"the time was up before everything was tried with %[1]s", "用 %[1]s 试验完之前时间已到"},
	"limit.reload-check.time.help":    {"run it again when the machine is less busy", "请在机器较空闲时再运行一次"},
	"limit.reload-check.broken.why":   {"the trial with %[1]s ended early: %[2]s", "用 %[1]s 的试验提前结束：%[2]s"},

	"cli.reload-check.short": {"try how a project watches files, with its own watcher library", "用项目自己的监视库，试验它怎样监视文件"},
	"cli.reload-check.long": {
		`Find out whether a Go project that watches files loads what was saved.

It reads in the source which watcher library is used, what is watched, which events
count and how long it waits. Then it builds a small program with the project's own
version of that library, which does the same in a temporary directory, and saves
files there: in pieces, by os.WriteFile, by renaming, as vim does, in new
directories, 20,000 at once, and two that belong together, 1 to 200 ms apart. It
counts what was loaded whole, empty, cut off, torn or not at all.

fsnotify, rjeczalik/notify, illarion/gonotify, radovskyb/watcher and gomedic's own
reload/watch are known. The project is neither run nor touched, and nothing of the
trial stays. It takes half a minute, and never more than one. DIR may also be a
bundle that --save has written.

Exit code: 0 healthy, 1 findings, 2 the command could not do its work.`,
		`检查一个监视文件的 Go 项目是否加载了所保存的内容。

它在源代码里读出用的是哪个监视库、监视什么、哪些事件算数、等待多久。然后用项目自己
那一版监视库编译一个小程序，在临时目录里照样监视，并在那里保存文件：分段写、用
os.WriteFile、改名、像 vim 那样、写进新目录、一次两万个，以及属于一组的两个文件，
相隔 1 到 200 毫秒。它统计加载到的内容有多少是完整的、空的、不完整的、来自不同保存
的，或根本没有加载。

已知 fsnotify、rjeczalik/notify、illarion/gonotify、radovskyb/watcher 和 gomedic 自己的
reload/watch。不运行也不改动项目，试验不留下任何东西。用时半分钟，绝不超过一分钟。
DIR 也可以是 --save 写出的文件。

退出码：0 健康，1 有结论，2 命令无法完成。`,
	},
	"cli.reload-check.example": {
		`  gomedic reload-check .
  gomedic reload-check ./cmd/app --json
  gomedic reload-check . --html report.html --save watch.gomedic`,
		`  gomedic reload-check .
  gomedic reload-check ./cmd/app --json
  gomedic reload-check . --html report.html --save watch.gomedic`,
	},
}
