package text

// plugin are the sentences of gomedic plugin around its findings: help, what is going
// on, errors, and the verdict of a plugin that fits.
var plugin = Table{
	"cli.plugin.short": {"say why a program will refuse a plugin, before it is loaded", "在加载之前指出程序会因何拒绝某个插件"},
	"cli.plugin.long": {
		`Say why a program will refuse a plugin, before it is loaded.

HOST is a program's file, or the pid or name of one that runs; PLUGIN.so was
built by go build -buildmode=plugin. Both are only read, stripped or not:
  - hashes of packages that differ, by name, and the setting of the build, the
    version or the folder behind them;
  - the Go version, the system and the processor;
  - libraries, versions of the C library and symbols that nothing provides, and
    what would provide them;
  - with a host that runs: whether the plugin is loaded already.
It also warns of a plugin that loads, and then has other code of a package than
the host: both would run at once.

Exit code: 0 it will be loaded, 1 findings, 2 the command could not do its work.`,
		`在加载之前指出程序会因何拒绝某个插件。

HOST 是程序文件，或正在运行的程序的进程号或名字；PLUGIN.so 由
go build -buildmode=plugin 生成。两者都只被读取，裁剪过的也可以：
  - 哈希不同的包的名字，以及背后的编译设置、版本或目录；
  - Go 版本、操作系统和处理器；
  - 没有谁提供的共享库、C 库版本和符号，以及谁能提供它们；
  - 宿主正在运行时：该插件是否已经加载。
插件虽能加载、但某个包的代码与宿主不同时也会警告：两个版本会同时运行。

退出码：0 能够加载，1 有问题，2 命令未能完成。`,
	},
	"cli.plugin.example": {
		`  gomedic plugin ./app widgets.so
  gomedic plugin 4711 widgets.so --json
  gomedic plugin ./app widgets.so --root /mnt/target
  gomedic plugin ./app widgets.so --save refused.gomedic; gomedic plugin refused.gomedic`,
		`  gomedic plugin ./app widgets.so
  gomedic plugin 4711 widgets.so --json
  gomedic plugin ./app widgets.so --root /mnt/target
  gomedic plugin ./app widgets.so --save refused.gomedic; gomedic plugin refused.gomedic`,
	},
	"cli.plugin.flag.root": {"search libraries as if `DIR` were /: another machine's files, or a container's", "把 `目录` 当作 / 来查找共享库：另一台机器或容器的文件"},

	"plugin.stage.hashes":       {"comparing packages", "正在比较各个包"},
	"plugin.stage.code":         {"comparing code", "正在比较代码"},
	"plugin.stage.symbols":      {"looking up symbols", "正在查找符号"},
	"plugin.stage.whereabouts":  {"looking for the missing symbols", "正在寻找缺少的符号"},
	"plugin.unset":              {"not set", "未设置"},
	"plugin.more":               {"%[1]s and %[2]d more", "%[1]s 等，另有 %[2]d 个"},
	"plugin.limit.code":         {"the code of functions was not compared: machine code for %[1]s is not read", "没有比较函数的代码：不读取 %[1]s 的机器码"},
	"plugin.limit.code.help":    {"equal hashes do not mean equal code: build host and plugin from the same source", "哈希相等不代表代码相同：请用同一份源码编译宿主和插件"},
	"plugin.limit.musl":         {"the host is linked for musl: libraries were searched as the GNU C library does", "宿主为 musl 链接：共享库是按 GNU C 库的方式查找的"},
	"plugin.limit.musl.help":    {"run ldd PLUGIN.so in the host's container as well", "请在宿主的容器里再运行 ldd PLUGIN.so"},
	"plugin.limit.process":      {"the runtime of process %[1]d could not be asked which plugins it has: %[2]s", "无法向进程 %[1]d 的运行时询问它有哪些插件：%[2]s"},
	"plugin.limit.brought":      {"the packages of the plugin %[1]s, which is loaded, could not be compared", "无法比较已加载的插件 %[1]s 的包"},
	"plugin.limit.process.help": {"run gomedic as the user of the process, or with sudo", "请以该进程的用户身份或用 sudo 运行 gomedic"},

	"report.plugin":           {"plugin for %[1]s (%[2]s)", "用于 %[1]s（%[2]s）的插件"},
	"plugin.differ.one":       {"The package whose hashes differ", "哈希不同的包"},
	"plugin.differ.many":      {"The %[1]d packages whose hashes differ", "哈希不同的 %[1]d 个包"},
	"plugin.healthy":          {"The plugin fits: plugin.Open will load it", "插件合适：plugin.Open 能够加载它"},
	"plugin.looked.hashes":    {"%[1]d packages that both have, all with equal hashes", "两者共有 %[1]d 个包，哈希全部相等"},
	"plugin.looked.differ":    {"%[1]d packages that both have, %[2]d of them with other hashes", "两者共有 %[1]d 个包，其中 %[2]d 个哈希不同"},
	"plugin.looked.symbols":   {"%[1]d symbols that the plugin needs, all provided", "插件需要 %[1]d 个符号，全部有着落"},
	"plugin.looked.code":      {"%[1]d functions of your packages, compared by their code", "比较了你的包里 %[1]d 个函数的代码"},
	"plugin.looked.loaded":    {"plugins that the host has loaded: %[1]s", "宿主已加载的插件：%[1]s"},
	"plugin.looked.no-loaded": {"the host has loaded no plugin so far", "宿主目前没有加载插件"},

	"error.plugin-arguments":   {"gomedic plugin takes two files, or a bundle, and got %[1]d arguments", "gomedic plugin 需要两个文件或一个诊断包，实际得到 %[1]d 个参数"},
	"hint.plugin-arguments":    {"gomedic plugin HOST PLUGIN.so; HOST is a program's file, a pid or a process's name", "gomedic plugin HOST PLUGIN.so；HOST 是程序文件、进程号或进程名"},
	"error.plugin-bundle":      {"%[1]s holds nothing of a plugin", "%[1]s 里没有关于插件的内容"},
	"error.plugin-missing":     {"there is no file %[1]s", "没有 %[1]s 这个文件"},
	"hint.plugin-missing":      {"check the path; the order is gomedic plugin HOST PLUGIN.so", "请检查路径；顺序是 gomedic plugin HOST PLUGIN.so"},
	"error.plugin-unreadable":  {"%[1]s cannot be read", "无法读取 %[1]s"},
	"hint.plugin-unreadable":   {"run gomedic as a user who may read it: %[2]s", "请以有权读取它的用户运行 gomedic：%[2]s"},
	"error.plugin-no-file":     {"%[1]s is not a regular file", "%[1]s 不是普通文件"},
	"error.plugin-no-elf":      {"%[1]s is neither a program nor a library of Linux (it is no ELF file)", "%[1]s 既不是 Linux 程序也不是共享库（不是 ELF 文件）"},
	"error.plugin-other-os":    {"%[1]s is a file for %[2]s", "%[1]s 是 %[2]s 上的文件"},
	"hint.plugin-other-os":     {"gomedic plugin reads ELF files, those of Linux; host and plugin must be for one system", "gomedic plugin 读取 Linux 的 ELF 文件；宿主与插件必须属于同一系统"},
	"error.plugin-truncated":   {"%[1]s is cut off or damaged", "%[1]s 不完整或已损坏"},
	"hint.plugin-truncated":    {"build or copy it again; a build may still be writing it", "请重新编译或复制；也可能还在写入"},
	"error.plugin-no-sections": {"%[1]s has no table of sections: a packer or sstrip took it", "%[1]s 没有节表：被加壳工具或 sstrip 去掉了"},
	"hint.plugin-no-sections":  {"name the file as go build wrote it; -ldflags='-s -w' may be", "请给出 go build 直接生成的文件；-ldflags='-s -w' 没有问题"},
	"error.plugin-no-go":       {"%[1]s was not made by the Go linker", "%[1]s 不是由 Go 链接器生成的"},
	"hint.plugin-no-go":        {"name the Go program and the plugin themselves, not a script, a launcher or a C library", "请给出 Go 程序和插件本身，而不是脚本、启动器或 C 库"},
	"error.plugin-no-plugin":   {"%[1]s is no plugin", "%[1]s 不是插件"},
	"hint.plugin-no-plugin":    {"build it by go build -buildmode=plugin (it was -buildmode=%[2]s); the order is gomedic plugin HOST PLUGIN.so", "请用 go build -buildmode=plugin 编译（它用的是 -buildmode=%[2]s）；顺序是 gomedic plugin HOST PLUGIN.so"},
	"error.plugin-no-program":  {"%[1]s is a library, and the first argument is the program that loads it", "%[1]s 是共享库，而第一个参数应是加载它的程序"},
}
