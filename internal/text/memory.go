package text

// memory are the words of the timeline of a program's memory: the live view, the
// lines of a watch, and its verdict.
var memory = Table{
	"memory.verdict.grows":      {"live heap grows by %[1]s/s over %[2]s (confidence %[3]s)", "存活堆在 %[2]s 内以 %[1]s/s 增长（置信度 %[3]s）"},
	"memory.verdict.slows":      {"live heap grew by %[1]s/s and slows down, as in a warm-up", "存活堆曾以 %[1]s/s 增长，正在放缓，像是预热"},
	"memory.verdict.steady":     {"live heap does not grow, as of %[1]d collections over %[2]s", "存活堆没有增长（%[2]s 内 %[1]d 次回收）"},
	"memory.verdict.wait":       {"collections seen: %[1]d; from %[2]d on, the trend of the live heap is known", "已见回收 %[1]d 次；满 %[2]d 次后才能判断存活堆的趋势"},
	"memory.verdict.goroutines": {"goroutines grow by %[1]s a second (confidence %[2]s)", "goroutine 每秒增加 %[1]s 个（置信度 %[2]s）"},
	"memory.verdict.worth":      {"it is worth a pair of snapshots", "值得拍一对快照"},

	"memory.line.heap":       {"heap %[1]s", "堆 %[1]s"},
	"memory.line.live":       {"live %[1]s", "存活 %[1]s"},
	"memory.live.unknown":    {"live not known yet", "存活量未知"},
	"memory.next":            {"next GC at %[1]s", "下次 GC 在 %[1]s"},
	"memory.line.rss":        {"RSS %[1]s", "RSS %[1]s"},
	"memory.released":        {"released %[1]s", "已归还 %[1]s"},
	"memory.gcs.one":         {"%[1]d GC", "GC %[1]d 次"},
	"memory.gcs.many":        {"%[1]d GCs", "GC %[1]d 次"},
	"memory.objects.one":     {"%[1]d object", "%[1]d 个对象"},
	"memory.objects.many":    {"%[1]d objects", "%[1]d 个对象"},
	"memory.goroutines.one":  {"%[1]d goroutine", "%[1]d 个 goroutine"},
	"memory.goroutines.many": {"%[1]d goroutines", "%[1]d 个 goroutine"},
	"memory.paused":          {"GC paused it for %[1]s", "GC 暂停共 %[1]s"},

	"memory.row.rss":        {"RSS", "RSS"},
	"memory.row.goroutines": {"goroutines", "goroutine"},
	"memory.row.gc":         {"GC", "GC"},
	"memory.none":           {"no sample yet", "还没有采样"},
	"memory.column":         {"one column: %[1]s", "每列 %[1]s"},

	"memory.keys":       {"p pause · -+ zoom · ? help · q quit", "p 暂停 · -+ 缩放 · ? 帮助 · q 退出"},
	"memory.keys.short": {"p - + ? q", "p - + ? q"},
	"memory.help.keys": {
		`  -  +     more or fewer samples in one column
  0        all samples
  p        hold the screen, and go on
  esc      back
  q        end the watch; the report follows`,
		`  -  +     每列包含更多或更少的采样
  0        全部采样
  p        定住画面，再按继续
  esc      返回
  q        结束观察，随后给出报告`,
	},
	"memory.help.chart": {
		`  █        bytes of allocated objects, garbage included: they rise until
           a collection has freed what nothing reaches
  ━        bytes that the last collection found reachable: only if this
           rises does the program keep more and more
  RSS      what the process takes of the machine's memory
  GC       the columns in which a collection ended`,
		`  █        已分配对象的字节数，含垃圾：一直上升，
           直到回收释放了不可达的对象
  ━        上次回收时可达的字节数：只有它上升，
           程序才是越留越多
  RSS      进程占用的机器内存
  GC       有回收结束的列`,
	},
}
