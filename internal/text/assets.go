package text

// assetTexts are the sentences of gomedic assets around its findings.
var assetTexts = Table{
	"cli.assets.short": {"find resources that are missing or broken", "找出缺失或损坏的资源"},
	"cli.assets.long": {
		`Find resources that are missing or broken: pictures, icons, fonts, sounds, shaders,
translations, settings.

TARGET is a folder with Go source, a program's file (ELF, PE, Mach-O or a .wasm
module; stripped ones, too), or a process (a pid or a name). gomedic lists what is
embedded: embed.FS, //go:embed strings and byte slices, Fyne's resources, those of
Windows. It decodes each as the program would, and looks up the names that the
code hands to functions that load: os.ReadFile, embed.FS.ReadFile, Fyne's and
Ebitengine's loaders, theme icons, keys of translations.

From a binary, names are read from machine code (Linux, amd64). Of a process, files
that it tries to open and does not find are listened to as well. A file that the
program can do without, or writes itself, is not told.

Exit code: 0 healthy, 1 findings, 2 the command could not do its work.`,
		`找出缺失或损坏的资源：图片、图标、字体、声音、着色器、翻译、设置。

TARGET 是含有 Go 源码的目录、程序文件（ELF、PE、Mach-O 或 .wasm 模块，裁剪过的也
可以），或一个进程（进程号或名字）。gomedic 列出嵌入的内容：embed.FS、//go:embed 的
字符串和字节切片、Fyne 资源、Windows 资源；像程序那样解码每一个，并查找代码交给加载
函数的名字：os.ReadFile、embed.FS.ReadFile、Fyne 和 Ebitengine 的加载函数、主题图标、
翻译的键。

对于程序文件，名字从机器码里读出（Linux、amd64）。对于进程，还会监听它试图打开却找不
到的文件。程序没有也行的文件，或它自己写的文件，不会报告。

退出码：0 健康，1 有问题，2 命令未能完成。`,
	},
	"cli.assets.example": {
		`  gomedic assets .
  gomedic assets bin/app --html assets.html
  gomedic assets app.exe --extract out
  gomedic assets 4711 --for 10s`,
		`  gomedic assets .
  gomedic assets bin/app --html assets.html
  gomedic assets app.exe --extract out
  gomedic assets 4711 --for 10s`,
	},
	"cli.assets.flag.dir":     {"the `DIR` that the program is started in; otherwise the current one and the program's own, or the process's", "启动程序时所在的`目录`；默认为当前目录和程序所在目录，或进程自己的目录"},
	"cli.assets.flag.for":     {"how long a process's opens are listened to; 0: not at all", "监听进程打开文件的时长；0 表示不监听"},
	"cli.assets.flag.extract": {"write what is embedded into `DIR`", "把嵌入的内容写到`目录`"},

	"assets.stage.list":   {"listing packages", "正在列出包"},
	"assets.stage.types":  {"reading source", "正在读取源码"},
	"assets.stage.code":   {"reading code", "正在读取代码"},
	"assets.stage.file":   {"reading the program", "正在读取程序"},
	"assets.stage.decode": {"decoding", "正在解码"},
	"assets.stage.opens":  {"listening for files that are not found", "正在监听找不到的文件"},

	"assets.healthy":         {"Every resource decodes, and every name that the code loads is there", "所有资源都能解码，代码要加载的名字都在"},
	"assets.healthy.part":    {"Every resource decodes; the names that the code loads were not all read", "所有资源都能解码；代码要加载的名字没有全部读出"},
	"assets.healthy.info":    {"Nothing is broken or missing; there are hints below", "没有损坏或缺失；下面有一些提示"},
	"assets.healthy.none":    {"It holds no resources, and its code names none", "其中没有资源，代码也没有提到资源"},
	"assets.looked.files":    {"%[1]d resources, %[2]s; %[3]d of them decoded", "%[1]d 个资源，共 %[2]s；解码了其中 %[3]d 个"},
	"assets.looked.names":    {"%[1]d names that the code loads, %[2]d of them found", "代码要加载 %[1]d 个名字，找到 %[2]d 个"},
	"assets.looked.optional": {"%[1]d names of files that the code can do without, or writes itself", "%[1]d 个名字是代码没有也行、或自己写的文件"},
	"assets.looked.opens":    {"listened for %[1]s to what it opens: %[2]d paths were not found", "监听了 %[1]s：有 %[2]d 个路径没找到"},

	"assets.table":         {"Resources", "资源"},
	"assets.table.more":    {"%[1]d more, which are smaller: -v shows all", "另有 %[1]d 个更小的：-v 显示全部"},
	"assets.table.foreign": {"of libraries: %[1]d, %[2]s", "属于库的：%[1]d 个，%[2]s"},
	"assets.state.ok":      {"decodes", "能解码"},
	"assets.state.broken":  {"broken", "损坏"},
	"assets.state.kept":    {"not decoded", "未解码"},
	"assets.state.partly":  {"header read", "只读了头部"},
	"assets.fact.pixels":   {"%[1]d × %[2]d", "%[1]d × %[2]d"},
	"assets.fact.glyphs":   {"%[1]d glyphs", "%[1]d 个字形"},
	"assets.fact.frames":   {"%[1]d pictures", "%[1]d 张"},
	"assets.extracted":     {"%[1]d files written to %[2]s", "已把 %[1]d 个文件写到 %[2]s"},

	"assets.limit.code":                 {"names that the code loads are not read from %[1]s", "不从 %[1]s 的代码里读取要加载的名字"},
	"assets.limit.code.help":            {"run gomedic assets on the source, or on a build for amd64: linux, windows or darwin", "请对源码运行 gomedic assets，或对 amd64 的构建（linux、windows、darwin）运行"},
	"assets.limit.runtime":              {"the program's functions could not be read: %[1]s", "无法读取程序的函数：%[1]s"},
	"assets.limit.runtime.help":         {"run gomedic assets on the source", "请对源码运行 gomedic assets"},
	"assets.limit.version":              {"names that the code loads were not read: the layout of %[1]s is not known", "没有读取代码要加载的名字：不了解 %[1]s 的布局"},
	"assets.limit.version.help":         {"run gomedic assets on the source, or use a newer gomedic", "请对源码运行 gomedic assets，或使用更新的 gomedic"},
	"assets.limit.decoder":              {"nothing was decoded: gomedic could not start itself for it: %[1]s", "没有解码：gomedic 无法为此启动自己：%[1]s"},
	"assets.limit.cut":                  {"a package does not compile, and the names in it were not followed: %[1]s", "有一个包无法编译，没有跟踪其中的名字：%[1]s"},
	"assets.limit.cut.help":             {"mend it, then run again", "请修好后再运行"},
	"assets.limit.cwd":                  {"the working folder of process %[1]d cannot be read", "无法读取进程 %[1]d 的工作目录"},
	"assets.limit.cwd.help":             {"run gomedic as the user of the process, or name the folder with --dir", "请以该进程的用户身份运行 gomedic，或用 --dir 指定目录"},
	"assets.limit.opens":                {"what the process opens could not be listened to: %[1]s", "无法监听进程打开的文件：%[1]s"},
	"assets.limit.opens.help":           {"the names in its code were looked up all the same", "代码里的名字仍已查找"},
	"assets.limit.opens-privilege":      {"what the process opens could not be listened to: that takes CAP_BPF and CAP_PERFMON", "无法监听进程打开的文件：需要 CAP_BPF 和 CAP_PERFMON"},
	"assets.limit.opens-privilege.help": {"sudo setcap cap_bpf,cap_perfmon+ep %[1]s, or run with sudo", "sudo setcap cap_bpf,cap_perfmon+ep %[1]s，或用 sudo 运行"},

	"error.assets-args":      {"gomedic assets takes one TARGET, and got %[1]d", "gomedic assets 需要一个 TARGET，实际得到 %[1]d 个"},
	"hint.assets":            {"gomedic assets TARGET; a folder with Go source, a program's file, a .wasm module, a pid or a process's name", "gomedic assets TARGET；含有 Go 源码的目录、程序文件、.wasm 模块、进程号或进程名"},
	"error.assets-not-go":    {"%[1]s was not made by the Go linker", "%[1]s 不是由 Go 链接器生成的"},
	"hint.assets-not-go":     {"name the Go program itself, not a script, a launcher, a packed file or a C library", "请给出 Go 程序本身，而不是脚本、启动器、加壳文件或 C 库"},
	"error.assets-truncated": {"%[1]s is cut off or damaged: %[2]s", "%[1]s 不完整或已损坏：%[2]s"},
	"hint.assets-truncated":  {"build or copy it again; a build may still be writing it", "请重新编译或复制；也可能还在写入"},
	"error.assets-format":    {"%[1]s is no program: neither ELF, PE, Mach-O nor WebAssembly", "%[1]s 不是程序：既不是 ELF、PE、Mach-O，也不是 WebAssembly"},
	"hint.assets-format":     {"gomedic assets TARGET; a folder with Go source, a program's file, a .wasm module, a pid or a process's name", "gomedic assets TARGET；含有 Go 源码的目录、程序文件、.wasm 模块、进程号或进程名"},
	"error.assets-load":      {"the source cannot be read: %[1]s", "无法读取源码：%[1]s"},
	"hint.assets-load":       {"name a folder of a Go module in which go list works", "请给出 go list 能够工作的 Go 模块目录"},
	"error.assets-bundle":    {"%[1]s holds nothing of resources", "%[1]s 里没有关于资源的内容"},
	"error.assets-extract":   {"nothing could be written to %[1]s: %[2]s", "无法写到 %[1]s：%[2]s"},
	"hint.assets-extract":    {"name a folder that is empty or not there yet, and that you may write to", "请给出一个空的或尚不存在、且可写的目录"},
	"error.assets-for":       {"--for %[1]s is out of range", "--for %[1]s 超出范围"},
	"hint.assets-for":        {"from 0 to 10 minutes", "从 0 到 10 分钟"},

	"cli.lab.assets.sum": {"%[1]d of %[2]d runs right (%[3]d faults, %[4]d healthy programs); finding %[5]d of %[6]d, place %[7]d of %[8]d, %[9]d above info that must not be", "%[2]d 次运行中正确 %[1]d 次（%[3]d 个故障，%[4]d 个健康程序）；结论 %[5]d/%[6]d，位置 %[7]d/%[8]d，不该有的高于 info 的结论 %[9]d 项"},
	"cli.lab.assets":     {"score gomedic assets against the resources of the lab", "用实验室的资源给 gomedic assets 打分"},
	"cli.lab.assets.long": {
		`Build the programs of lab/assets, half of them stripped, run gomedic assets on their
source, their files and their processes, and compare what it says with what must be
found. Healthy ones must be told nothing above info.`,
		`编译 lab/assets 里的程序（一半会裁剪），对它们的源码、文件和进程运行 gomedic assets，
并把结论与应当找到的内容比较。健康的程序不得得到比 info 更严重的结论。`,
	},
}
