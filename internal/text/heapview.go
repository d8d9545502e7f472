package text

// heapView is what the commands say that ask questions of one moment's heap.
var heapView = Table{
	"heapview.live":           {"%[1]d live objects, %[2]s", "%[1]d 个存活对象，%[2]s"},
	"heapview.c":              {"C memory that Go holds: %[1]d chunks, %[2]s", "由 Go 持有的 C 内存：%[1]d 块，%[2]s"},
	"heapview.typed":          {"type known of %[1]s of the bytes, type or owner of %[2]s", "%[1]s 的字节类型已知，%[2]s 的字节类型或所属字段已知"},
	"heapview.garbage":        {"%[1]s not yet collected", "%[1]s 尚未回收"},
	"heapview.retained":       {"retained", "保留"},
	"heapview.own":            {"own", "自身"},
	"heapview.first":          {"directly", "直接"},
	"heapview.count":          {"objects", "对象数"},
	"heapview.by.type":        {"type", "类型"},
	"heapview.by.package":     {"package", "包"},
	"heapview.by.root":        {"root", "根"},
	"heapview.by.global":      {"variable", "变量"},
	"heapview.by.goroutine":   {"goroutine", "goroutine"},
	"heapview.rest":           {"%[1]d more", "另外 %[1]d 项"},
	"heapview.unknown":        {"unknown type, %[1]s each", "类型未知，每个 %[1]s"},
	"heapview.untyped":        {"unknown type", "类型未知"},
	"heapview.nopackage":      {"of no package", "不属于任何包"},
	"heapview.paths.objects":  {"%[1]d live · different chains: %[2]d", "%[1]d 个存活 · 不同的引用链：%[2]d"},
	"heapview.paths.address":  {"%[1]s · different chains: %[2]d", "%[1]s · 不同的引用链：%[2]d"},
	"heapview.paths.garbage":  {"nothing refers to it any more: %[1]d not yet collected", "已没有任何引用：%[1]d 个尚未回收"},
	"heapview.paths.more":     {"%[1]d more chains: --all %[2]d shows them", "还有 %[1]d 条引用链：--all %[2]d 可全部显示"},
	"heapview.example":        {"the object shown is at %[1]s", "所示对象位于 %[1]s"},
	"heapview.new":            {"New and alive", "新增且仍存活"},
	"heapview.inside":         {"the address lies %[1]d B inside", "该地址位于对象内 %[1]d B 处"},
	"heapview.isgarbage":      {"garbage: nothing reaches it", "垃圾：没有任何引用可到达"},
	"heapview.dominator":      {"would be freed with", "将随其一起释放："},
	"heapview.nodominator":    {"held in more than one way, or by a root: no single object holds it alone", "有多种引用方式，或由根直接引用：没有哪个对象单独持有它"},
	"heapview.fields":         {"holds", "内容"},
	"heapview.more":           {"… %[1]d more", "……另外 %[1]d 项"},
	"heapview.referrers":      {"referred to by (%[1]d)", "被引用（%[1]d 处）"},
	"heapview.widgets":        {"%[1]s · open windows: %[2]d · widgets shown: %[3]d", "%[1]s · 打开的窗口：%[2]d · 显示的控件：%[3]d"},
	"heapview.window":         {"window", "窗口"},
	"heapview.hidden":         {"hidden", "已隐藏"},
	"heapview.elsewhere":      {"shown, in which window is not known", "正在显示，所属窗口未知"},
	"heapview.closed":         {"closed windows that are still held", "已关闭但仍被引用的窗口"},
	"heapview.detached":       {"widgets that no window shows", "没有任何窗口显示的控件"},
	"cli.heap.flag.all":       {"show `N` different chains", "显示 `N` 条不同的引用链"},
	"cli.heap.flag.number":    {"show the `N` largest; 0: all", "显示最大的 `N` 项；0：全部"},
	"cli.heap.flag.by":        {"divide by `WHAT`: type, package, root, global or goroutine", "按 `WHAT` 划分：type、package、root、global 或 goroutine"},
	"cli.heap.flag.pprof":     {"write what each chain holds to `FILE`, for go tool pprof", "把每条引用链持有的内存写入 `FILE`，供 go tool pprof 使用"},
	"cli.heap.flag.dot":       {"write the chains to `FILE` as a graph, for Graphviz", "把引用链写成图保存到 `FILE`，供 Graphviz 使用"},
	"cli.heap.flag.view-json": {"print the answer as JSON (gomedic.heap-view/v1)", "以 JSON 输出（gomedic.heap-view/v1）"},
	"cli.heap.top.short":      {"say which types, packages or roots hold the memory", "指出哪些类型、包或根占用内存"},
	"cli.heap.top.long": {
		`List what the heap consists of, what retains most first: by type, by package, or
by what holds it. Retained is what would be freed together with these objects.
For roots, global variables and goroutines it is what they reach on the shortest
ways. What has no known type is listed by size. C memory that only Go objects
hold counts to these, and is a type of its own: C memory (malloc).

TARGET is a heap file (gomedic heap snapshot), a core file, or a running program,
of which a frozen copy is then taken for the time of the command.`,
		`列出堆的组成，保留最多的排在最前：按类型、按包，或按持有者。
“保留”是随这些对象一起会被释放的内存；对根、全局变量和 goroutine，
则是它们沿最短路径到达的内存。类型未知的对象按大小列出。
只由 Go 对象持有的 C 内存计入这些对象，并单列一类：C memory (malloc)。

TARGET 可以是堆文件（gomedic heap snapshot）、core 文件，或正在运行的程序，
后者会在命令执行期间制作一份冻结的副本。`,
	},
	"cli.heap.top.example": {
		`  gomedic heap top orders.heap
  gomedic heap top 4711 --by package -n 10
  gomedic heap top orders.heap --pprof held.pb.gz`,
		`  gomedic heap top orders.heap
  gomedic heap top 4711 --by package -n 10
  gomedic heap top orders.heap --pprof held.pb.gz`,
	},
	"cli.heap.path.short": {"show the chains of references that hold a type or an object", "显示持有某类型或某对象的引用链"},
	"cli.heap.path.long": {
		`Show the shortest chains of references from a root to the objects of a type, or to
one object. Chains that pass the same links are shown once, with their number.

TYPE is a type as gomedic heap top prints it, with its import path or without, or
all types of a package: example.com/orders/ui.*;
"C memory (malloc)" is the C memory that only Go holds;
ADDR is an address such as 0xc000123400, of which all ways are shown.`,
		`显示从根到某类型的对象、或到某个对象的最短引用链。
经过相同环节的链只显示一次，并注明数量。

TYPE 是 gomedic heap top 所显示的类型，可带或不带导入路径，
也可以是一个包的所有类型：example.com/orders/ui.*；
"C memory (malloc)" 是只由 Go 持有的 C 内存；
ADDR 是形如 0xc000123400 的地址，将显示到达它的所有方式。`,
	},
	"cli.heap.path.example": {
		`  gomedic heap path orders.heap main.Order
  gomedic heap path 4711 0xc000123400 --all 10
  gomedic heap path orders.heap widget.Label --dot held.dot`,
		`  gomedic heap path orders.heap main.Order
  gomedic heap path 4711 0xc000123400 --all 10
  gomedic heap path orders.heap widget.Label --dot held.dot`,
	},
	"cli.heap.dump.short": {"show one object: its fields, and who refers to it", "显示一个对象：其字段以及谁引用它"},
	"cli.heap.dump.long": {
		`Show the object at an address, or the one in which the address lies: type, size,
what it retains, each field or element with its value, and who refers to it. A
map is shown by its entries.`,
		`显示某地址处（或包含该地址）的对象：类型、大小、保留的内存、
每个字段或元素的值，以及谁引用它。映射按条目显示。`,
	},
	"cli.heap.dump.example":    {"  gomedic heap dump orders.heap 0xc000123400", "  gomedic heap dump orders.heap 0xc000123400"},
	"cli.heap.widgets.short":   {"show the tree of widgets of each window, with sizes", "显示每个窗口的控件树及其大小"},
	"cli.heap.widgets.long":    {"Show what each open window shows, as a tree of widgets with the memory that each\nretains; below it closed windows that are still held, and widgets that no window\nshows. It knows Fyne and Gio.", "以控件树显示每个打开的窗口的内容及各控件保留的内存；\n其下列出已关闭但仍被引用的窗口，以及没有任何窗口显示的控件。\n支持 Fyne 和 Gio。"},
	"cli.heap.widgets.example": {"  gomedic heap widgets orders.heap", "  gomedic heap widgets orders.heap"},
	"cli.heap.diff.short":      {"say what grew between two heap or core files", "指出两个堆文件或 core 文件之间什么增长了"},
	"cli.heap.diff.long": {
		`Compare two heap files, or core files, of one program: what grew by type and by
root. Are they of the same process, the objects that are new are told as well, and
the chains that hold them.`,
		`比较同一程序的两个堆文件或 core 文件：按类型和按根指出什么增长了。
如果它们来自同一进程，还会给出新对象以及持有它们的引用链。`,
	},
	"cli.heap.diff.example":    {"  gomedic heap snapshot 4711 -o a.heap\n  gomedic heap snapshot 4711 -o b.heap\n  gomedic heap diff a.heap b.heap", "  gomedic heap snapshot 4711 -o a.heap\n  gomedic heap snapshot 4711 -o b.heap\n  gomedic heap diff a.heap b.heap"},
	"cli.heap.reading":         {"reading file %[1]d of 2", "正在读取第 %[1]d 个文件，共 2 个"},
	"error.heap-arguments":     {"%[1]s needs %[2]s", "%[1]s 的参数是 %[2]s"},
	"error.heap-by":            {"--by %[1]s is not possible", "--by %[1]s 不可用"},
	"hint.heap-by":             {"take one of %[1]s", "请选择：%[1]s"},
	"error.heap-number":        {"%[1]d is too few", "%[1]d 太小"},
	"hint.heap-number":         {"take 1 or more", "请取 1 或更大的数"},
	"error.heap-no-type":       {"no object of type %[1]s is in the heap", "堆中没有类型为 %[1]s 的对象"},
	"hint.heap-no-type":        {"gomedic heap top lists the types", "gomedic heap top 可列出类型"},
	"hint.heap-similar":        {"did you mean %[1]s", "是否指 %[1]s"},
	"error.heap-no-object":     {"at %[1]s there is no object of the Go heap", "%[1]s 处没有 Go 堆的对象"},
	"hint.heap-no-object":      {"gomedic heap path TARGET TYPE prints addresses of objects", "gomedic heap path 目标 类型 可输出对象的地址"},
	"error.heap-address":       {"%[1]s is not an address", "%[1]s 不是地址"},
	"hint.heap-address":        {"addresses look like 0xc000123400", "地址形如 0xc000123400"},
	"error.heap-no-widgets":    {"nothing is known of the widgets of this program (toolkit: %[1]s)", "无法得知此程序的控件（工具包：%[1]s）"},
	"hint.heap-no-widgets":     {"heap widgets knows Fyne and Gio; gomedic heap top works for every program", "heap widgets 支持 Fyne 和 Gio；gomedic heap top 适用于任何程序"},
	"cli.heap.flag.stop":       {"make no copy: the program stands while its memory is written, %[1]s at most", "不制作副本：写入内存期间程序停住，最多 %[1]s"},
	"error.copy-memory":        {"a frozen copy of the program could come to cost more memory than there is: %[1]s", "冻结的副本所需的内存可能超过现有内存：%[1]s"},
	"hint.copy-memory":         {"--stop needs no copy: the program stands meanwhile; --force makes one all the same; or free some memory", "--stop 不需要副本，期间程序停住；--force 仍然制作副本；也可以先释放一些内存"},
	"error.copy-seccomp":       {"a seccomp filter may end the program for the system call that makes a frozen copy", "seccomp 过滤器可能因制作冻结副本所需的系统调用而终止该程序"},
	"hint.copy-seccomp":        {"--stop makes no copy: the program stands while it is read", "使用 --stop 则不制作副本：读取期间程序停住"},
	"error.copy-refused":       {"no frozen copy of the program can be made: %[1]s", "无法制作程序的冻结副本：%[1]s"},
	"hint.copy-refused":        {"--stop makes no copy: the program stands while it is read", "使用 --stop 则不制作副本：读取期间程序停住"},
	"error.released":           {"the program's memory could not be read in the time for which it may be stopped", "未能在允许程序停住的时间内读完其内存"},
	"hint.released":            {"without --stop a frozen copy is read, for which there is time; or make a core file: gcore PID", "不用 --stop 时读取的是冻结的副本，没有时间限制；也可以制作 core 文件：gcore 进程号"},
	"toolkit.none":             {"none", "无"},
	"error.heap-view-target":   {"%[1]s has no heap", "%[1]s 中没有堆"},
	"hint.heap-view-target":    {"give a heap file, a core file or a running program", "请给出堆文件、core 文件或正在运行的程序"},
	"error.heap-diff-target":   {"%[1]s is neither a heap file nor a core file", "%[1]s 既不是堆文件也不是 core 文件"},
	"hint.heap-diff-target":    {"gomedic heap snapshot TARGET -o FILE.heap makes one; gomedic leak TARGET watches a running program", "gomedic heap snapshot 目标 -o 文件.heap 可生成；gomedic leak 目标 可观察正在运行的程序"},
	"error.heap-diff-programs": {"%[1]s and %[2]s are of different programs", "%[1]s 与 %[2]s 属于不同的程序"},
	"hint.heap-diff-programs":  {"compare two files of one build of one program", "请比较同一程序同一次构建的两个文件"},
	"limit.heap-diff.why":      {"the files are of two processes: objects cannot be known again", "两个文件来自两个进程：无法辨认同一对象"},
	"limit.heap-diff.help":     {"take both of the same running process", "请对同一个正在运行的进程取两次"},
}
