package text

// reloads are the sentences of the reload family. Keys and arguments:
//
//	finding.reload/plugin-mismatch.title.arch, .bits   the plugin's system, the host's, the plugin's bits (int), the host's (int)
//	finding.reload/plugin-mismatch.title.host-*        host
//	finding.reload/plugin-mismatch.title.toolchain     the host's Go version, the plugin's
//	finding.reload/plugin-mismatch.title.setting       setting
//	finding.reload/plugin-mismatch.title.module        module, the host's version, the plugin's
//	finding.reload/plugin-mismatch.title.folder        package
//	finding.reload/plugin-mismatch.title.source        number (int), package
//	finding.reload/plugin-mismatch.title.same-file, .replaced  file
//	finding.reload/plugin-mismatch.title.loaded        plugin path
//	finding.reload/plugin-mismatch.title.code          number (int), package
//	finding.reload/plugin-mismatch.now.setting[-not]   setting, with its value
//	finding.reload/undefined-symbol.title.path         symbol, plugin path
//	finding.reload/undefined-symbol.title.*            symbol, file that has it, flag of a sanitizer
//	finding.reload/undefined-symbol.now.*              symbol, path of the file that has it, the linker's flag for it, flag of a sanitizer
//	why.plugin.*                                       see internal/diagnose/reload.go
var reloads = Table{
	"finding.reload/plugin-mismatch.title.arch":        {"the plugin is for %[1]s and the host for %[2]s", "插件面向 %[1]s，而宿主面向 %[2]s"},
	"finding.reload/plugin-mismatch.title.bits":        {"the plugin is a %[3]d-bit file and the host a %[4]d-bit one", "插件是 %[3]d 位文件，宿主是 %[4]d 位"},
	"finding.reload/plugin-mismatch.title.host-cgo":    {"%[1]s was built without cgo: it cannot load any plugin", "%[1]s 编译时关闭了 cgo：不能加载任何插件"},
	"finding.reload/plugin-mismatch.title.host-static": {"%[1]s is linked statically: it cannot load any plugin", "%[1]s 是静态链接的：不能加载任何插件"},
	"finding.reload/plugin-mismatch.title.host-import": {"%[1]s does not import package plugin: it cannot load any plugin", "%[1]s 没有导入 plugin 包：不能加载任何插件"},
	"finding.reload/plugin-mismatch.title.host-export": {"%[1]s does not export its symbols: it crashes when it loads a plugin", "%[1]s 没有导出符号：一加载插件就会崩溃"},
	"finding.reload/plugin-mismatch.title.toolchain":   {"the host was built with %[1]s and the plugin with %[2]s", "宿主用 %[1]s 编译，插件用 %[2]s 编译"},
	"finding.reload/plugin-mismatch.title.release":     {"the plugin loads, and then packages of Go itself run in two versions: %[1]s and %[2]s", "插件能加载，但之后 Go 自带的包会有两个版本同时运行：%[1]s 和 %[2]s"},
	"finding.reload/plugin-mismatch.title.setting":     {"host and plugin were built with different settings: %[1]s", "宿主与插件的编译设置不同：%[1]s"},
	"finding.reload/plugin-mismatch.title.module":      {"host and plugin have different versions of %[1]s: %[2]s and %[3]s", "宿主与插件所用的 %[1]s 版本不同：%[2]s 和 %[3]s"},
	"finding.reload/plugin-mismatch.title.folder":      {"the plugin was built in another folder than the host: package %[1]s differs", "插件与宿主在不同的目录里编译：包 %[1]s 不一致"},
	"finding.reload/plugin-mismatch.title.unknown":     {"host and plugin were not built in the same way: packages of Go itself differ", "宿主与插件的编译方式不同：连 Go 自带的包都不一致"},
	"finding.reload/plugin-mismatch.title.source.one":  {"host and plugin were built from different source of package %[2]s", "宿主与插件所用的包 %[2]s 源码不同"},
	"finding.reload/plugin-mismatch.title.source.many": {"host and plugin were built from different source of %[1]d packages, such as %[2]s", "宿主与插件有 %[1]d 个包的源码不同，例如 %[2]s"},
	"finding.reload/plugin-mismatch.title.same-file":   {"%[1]s is loaded already: plugin.Open gives back what is there", "%[1]s 已经加载：plugin.Open 会返回现有的那一份"},
	"finding.reload/plugin-mismatch.title.replaced":    {"an older %[1]s is loaded: plugin.Open gives back the old code, without an error", "已加载的是旧的 %[1]s：plugin.Open 会返回旧代码，且不报错"},
	"finding.reload/plugin-mismatch.title.loaded":      {"a plugin of the path %[1]s is loaded already", "路径为 %[1]s 的插件已经加载"},
	"finding.reload/plugin-mismatch.title.code.one":    {"the plugin loads, and then two versions of package %[2]s run at once", "插件能加载，但之后包 %[2]s 会有两个版本同时运行"},
	"finding.reload/plugin-mismatch.title.code.many":   {"the plugin loads, and then two versions of %[1]d packages run at once, such as %[2]s", "插件能加载，但之后有 %[1]d 个包会有两个版本同时运行，例如 %[2]s"},

	"finding.reload/plugin-mismatch.now.arch":           {"build the plugin for the host: GOOS=%[1]s GOARCH=%[2]s go build -buildmode=plugin", "按宿主的平台编译插件：GOOS=%[1]s GOARCH=%[2]s go build -buildmode=plugin"},
	"finding.reload/plugin-mismatch.now.toolchain":      {"build the plugin with the host's Go: GOTOOLCHAIN=%[1]s go build -buildmode=plugin", "用宿主的 Go 版本编译插件：GOTOOLCHAIN=%[1]s go build -buildmode=plugin"},
	"finding.reload/plugin-mismatch.now.setting":        {"build the plugin with %[1]s, as the host was", "像宿主那样，编译插件时加上 %[1]s"},
	"finding.reload/plugin-mismatch.now.setting-not":    {"build the plugin without %[1]s, as the host was", "像宿主那样，编译插件时不要 %[1]s"},
	"finding.reload/plugin-mismatch.now.module":         {"take the host's version for the plugin: go get %[1]s@%[2]s", "让插件使用宿主的版本：go get %[1]s@%[2]s"},
	"finding.reload/plugin-mismatch.now.rebuild":        {"build host and plugin anew, from the same source", "用同一份源码重新编译宿主和插件"},
	"finding.reload/plugin-mismatch.now.restart":        {"restart the host: a plugin cannot be unloaded", "重启宿主：插件无法卸载"},
	"finding.reload/plugin-mismatch.now.code":           {"restart the host from the same source, or build the plugin from the host's", "用同一份源码重新编译并重启宿主，或用宿主的源码编译插件"},
	"finding.reload/plugin-mismatch.change.host-cgo":    {"build the host with CGO_ENABLED=1 and a C compiler", "用 CGO_ENABLED=1 和 C 编译器编译宿主"},
	"finding.reload/plugin-mismatch.change.host-static": {"build the host without -extldflags=-static: plugins need the dynamic linker", "编译宿主时去掉 -extldflags=-static：插件需要动态链接器"},
	"finding.reload/plugin-mismatch.change.host-import": {"import plugin in the host, and call plugin.Open there: only then its symbols are kept for plugins", "在宿主中导入 plugin 并调用 plugin.Open：这样才会为插件保留符号"},
	"finding.reload/plugin-mismatch.change.host-export": {"link the host with -rdynamic, as Go does by itself: take --no-export-dynamic out of -extldflags, and do not strip .dynsym", "链接宿主时要有 -rdynamic（Go 默认如此）：从 -extldflags 中去掉 --no-export-dynamic，也不要裁掉 .dynsym"},
	"finding.reload/plugin-mismatch.change.folder":      {"build both in the same folder, or both with -trimpath: otherwise the folder's name is part of each package", "在同一目录里编译两者，或者都加 -trimpath：否则目录名会成为每个包的一部分"},
	"finding.reload/plugin-mismatch.change.together":    {"build host and plugin by one command, in one module: a plugin fits only the host that it was built with", "在同一个模块里用同一条命令编译宿主和插件：插件只适合与它一起编译的宿主"},
	"finding.reload/plugin-mismatch.change.path":        {"give each build a path and a file of its own: a plugin that is built from files (go build -buildmode=plugin -o NEW.so FILES.go) gets a path by their content, one that is built from a folder has its import path", "让每次编译有自己的路径和文件：从文件编译的插件（go build -buildmode=plugin -o 新文件.so 文件.go）按内容得到路径，从目录编译的则用导入路径"},
	"finding.reload/plugin-mismatch.change.code":        {"move what changes between reloads into the plugin, or behind an interface that the host calls", "把会随重载改变的代码移进插件，或放在由宿主调用的接口后面"},

	"finding.reload/undefined-symbol.title.library-missing": {"the library %[1]s is not found", "找不到共享库 %[1]s"},
	"finding.reload/undefined-symbol.title.version":         {"the plugin needs %[1]s, and %[2]s here is older", "插件需要 %[1]s，而这里的 %[2]s 较旧"},
	"finding.reload/undefined-symbol.title.path":            {"the symbol of %[1]s is not under the plugin's path %[2]s", "%[1]s 的符号不在插件路径 %[2]s 之下"},
	"finding.reload/undefined-symbol.title.cxx":             {"the C++ runtime is not linked in: %[1]s", "没有链接 C++ 运行库：缺 %[1]s"},
	"finding.reload/undefined-symbol.title.sanitizer":       {"the plugin was built with %[3]s and the host was not: %[1]s", "插件编译时用了 %[3]s 而宿主没有：缺 %[1]s"},
	"finding.reload/undefined-symbol.title.nowhere":         {"nothing here provides the symbol %[1]s", "这里没有谁提供符号 %[1]s"},
	"finding.reload/undefined-symbol.title.library":         {"the symbol %[1]s is in %[2]s, which nothing links", "符号 %[1]s 在 %[2]s 里，但没有链接它"},
	"finding.reload/undefined-symbol.title.hidden":          {"the symbol %[1]s is in %[2]s, and hidden there", "符号 %[1]s 在 %[2]s 里，但被隐藏"},
	"finding.reload/undefined-symbol.title.host":            {"%[2]s has the symbol %[1]s and does not export it", "%[2]s 里有符号 %[1]s，但没有导出"},
	"finding.reload/undefined-symbol.title.archive":         {"the symbol %[1]s is in %[2]s, which was not linked in", "符号 %[1]s 在 %[2]s 里，但没有链接进来"},
	"finding.reload/undefined-symbol.title.hidden-object":   {"the symbol %[1]s is in %[2]s, and hidden there", "符号 %[1]s 在 %[2]s 里，但被隐藏"},

	"finding.reload/undefined-symbol.now.library":       {"link the plugin with it: #cgo LDFLAGS: %[3]s", "让插件链接它：#cgo LDFLAGS: %[3]s"},
	"finding.reload/undefined-symbol.now.folder":        {"start the host with LD_LIBRARY_PATH=%[1]s, or list that folder in /etc/ld.so.conf.d and run ldconfig", "用 LD_LIBRARY_PATH=%[1]s 启动宿主，或把该目录写进 /etc/ld.so.conf.d 并运行 ldconfig"},
	"finding.reload/undefined-symbol.change.rpath":      {"or link the plugin with its folder: #cgo LDFLAGS: -Wl,-rpath,%[1]s", "或者链接插件时写明目录：#cgo LDFLAGS: -Wl,-rpath,%[1]s"},
	"finding.reload/undefined-symbol.now.relink":        {"build the plugin on this machine, or install the version that has %[1]s", "在本机编译插件，或安装含有 %[1]s 的版本"},
	"finding.reload/undefined-symbol.now.install":       {"install the package that has %[1]s, or ship the library with the plugin", "安装含有 %[1]s 的软件包，或随插件一起分发该库"},
	"finding.reload/undefined-symbol.now.version":       {"build the plugin on a system whose %[1]s is as old as the oldest that must load it, in a container say", "在 %[1]s 与最旧的目标机器一样旧的系统上编译插件，例如在容器里"},
	"finding.reload/undefined-symbol.change.version":    {"or update %[1]s here; it cannot be shipped with a plugin, as the host has loaded it already", "或者更新这里的 %[1]s；它不能随插件分发，因为宿主早已加载了它"},
	"finding.reload/undefined-symbol.now.path":          {"compile the plugin's package under the path that it is linked with: go tool compile -p %[1]s, go tool link -pluginpath=%[1]s", "编译插件的包时使用与链接时相同的路径：go tool compile -p %[1]s，go tool link -pluginpath=%[1]s"},
	"finding.reload/undefined-symbol.now.cxx":           {"link the plugin by g++, or with the library: #cgo LDFLAGS: -lstdc++", "用 g++ 链接插件，或加上该库：#cgo LDFLAGS: -lstdc++"},
	"finding.reload/undefined-symbol.change.cxx":        {"go build links by g++ by itself where the package has a .cpp, .cc or .cxx file; objects and archives that you add do not count", "只要包里有 .cpp、.cc 或 .cxx 文件，go build 就会自己用 g++ 链接；另外加进来的目标文件和静态库不算"},
	"finding.reload/undefined-symbol.now.sanitizer":     {"build both with %[4]s, or neither", "两者都用 %[4]s 编译，或都不用"},
	"finding.reload/undefined-symbol.now.nowhere":       {"name the library that has it in #cgo LDFLAGS, and link with -Wl,-z,defs, so that the linker says so the next time", "在 #cgo LDFLAGS 里写上含有它的库，并加上 -Wl,-z,defs，让链接器下次就报出来"},
	"finding.reload/undefined-symbol.now.hidden":        {"take static out of its declaration; give it __attribute__((visibility(\"default\"))) where -fvisibility=hidden or a version script hides it", "去掉声明里的 static；若被 -fvisibility=hidden 或版本脚本隐藏，请加 __attribute__((visibility(\"default\")))"},
	"finding.reload/undefined-symbol.now.host":          {"link the host with -rdynamic, or with -Wl,--export-dynamic-symbol=%[1]s", "链接宿主时加 -rdynamic，或 -Wl,--export-dynamic-symbol=%[1]s"},
	"finding.reload/undefined-symbol.now.archive":       {"link the plugin with it: #cgo LDFLAGS: %[2]s; archives come after the objects that need them", "让插件链接它：#cgo LDFLAGS: %[2]s；静态库要放在需要它的目标文件之后"},
	"finding.reload/undefined-symbol.now.hidden-object": {"compile %[2]s without -fvisibility=hidden, and without static, or link it into the plugin itself", "编译 %[2]s 时去掉 -fvisibility=hidden 和 static，或把它链接进插件本身"},

	"why.plugin.elf":                 {"by their headers the host is %[1]s, %[2]d bits, and the plugin %[3]s, %[4]d bits", "按文件头，宿主是 %[1]s（%[2]d 位），插件是 %[3]s（%[4]d 位）"},
	"why.plugin.host-cgo":            {"its build information says CGO_ENABLED=0; plugin.Open then says: plugin: not implemented", "它的编译信息是 CGO_ENABLED=0；此时 plugin.Open 会说：plugin: not implemented"},
	"why.plugin.host-static":         {"it asks for no dynamic linker; a library that it loads would bring its own C library and its own Go runtime", "它不需要动态链接器；被加载的库会带来另一份 C 库和另一个 Go 运行时"},
	"why.plugin.host-import":         {"plugin.Open is not among its functions, so the linker has left out what plugins need", "它的函数里没有 plugin.Open，所以链接器没有保留插件所需的内容"},
	"why.plugin.host-export":         {"the hashes of its packages are not among its dynamic symbols: the plugin would find its own, and run a second Go runtime (fatal error: runtime: no plugin module data)", "它的动态符号里没有包的哈希：插件只会找到自己的，并启动第二个 Go 运行时（fatal error: runtime: no plugin module data）"},
	"why.plugin.hashes.one":          {"of the %[2]d packages that both have, one has another hash: %[3]s", "两者共有 %[2]d 个包，其中 1 个哈希不同：%[3]s"},
	"why.plugin.hashes.many":         {"of the %[2]d packages that both have, %[1]d have other hashes: %[3]s", "两者共有 %[2]d 个包，其中 %[1]d 个哈希不同：%[3]s"},
	"why.plugin.layouts":             {"the two releases keep the list of modules in different places, so the host does not refuse the plugin: it dies of it", "两个版本存放模块链表的位置不同，所以宿主不会拒绝插件，而是直接崩溃"},
	"why.plugin.says-nothing":        {"plugin.Open says: fatal error: runtime: no plugin module data", "plugin.Open 会说：fatal error: runtime: no plugin module data"},
	"why.plugin.release":             {"the hashes of all %[1]d packages that both have are equal, so plugin.Open does not object; bodies of functions may differ all the same", "两者共有的 %[1]d 个包哈希全部相等，所以 plugin.Open 不会反对；但函数体仍可能不同"},
	"why.plugin.setting":             {"%[1]s: host %[2]s, plugin %[3]s", "%[1]s：宿主 %[2]s，插件 %[3]s"},
	"why.plugin.module":              {"module %[1]s: host %[2]s, plugin %[3]s; %[4]d of its packages differ", "模块 %[1]s：宿主 %[2]s，插件 %[3]s；其中 %[4]d 个包不一致"},
	"why.plugin.folder":              {"the host's source was in %[1]s, the plugin's in %[2]s", "宿主的源码在 %[1]s，插件的在 %[2]s"},
	"why.plugin.says":                {"plugin.Open says: plugin was built with a different version of package %[1]s", "plugin.Open 会说：plugin was built with a different version of package %[1]s"},
	"why.plugin.says-one":            {"plugin.Open says so of one of them only: plugin was built with a different version of package …", "plugin.Open 只会提到其中一个：plugin was built with a different version of package …"},
	"why.plugin.loaded":              {"the host's runtime lists a plugin of the path %[1]s, from %[2]s", "宿主的运行时列有路径为 %[1]s 的插件，来自 %[2]s"},
	"why.plugin.says-loaded":         {"plugin.Open says: plugin already loaded", "plugin.Open 会说：plugin already loaded"},
	"why.plugin.same-file":           {"%[1]s is mapped into the host; package plugin remembers each file by its name and does not read it again", "%[1]s 已映射进宿主；plugin 包按文件名记住每个文件，不会再次读取"},
	"why.plugin.code":                {"functions of %[1]s whose code differs: %[2]s", "%[1]s 中代码不同的函数：%[2]s"},
	"why.plugin.code-hash":           {"the hashes are equal: they cover what other packages see, not the bodies of functions", "哈希是相等的：它只涵盖其他包能看到的内容，不含函数体"},
	"why.plugin.code-both":           {"the host goes on with its own code, and the plugin calls its own; package variables are the host's for both", "宿主继续运行自己的代码，插件调用自己的；包级变量则共用宿主的"},
	"why.plugin.needed":              {"%[1]s needs it (DT_NEEDED %[2]s)", "%[1]s 需要它（DT_NEEDED %[2]s）"},
	"why.plugin.searched":            {"it is neither in the loader's cache nor in %[1]s", "加载器的缓存里没有，%[1]s 里也没有"},
	"why.plugin.near":                {"a file of that name is there, where the loader does not look: %[1]s", "有一个同名文件，但加载器不会去那里找：%[1]s"},
	"why.plugin.near-version":        {"another version of it is there: %[1]s", "有它的另一个版本：%[1]s"},
	"why.plugin.version":             {"%[1]s needs %[2]s for %[3]s", "%[1]s 需要 %[2]s 的 %[3]s"},
	"why.plugin.version-bare":        {"%[1]s needs %[2]s", "%[1]s 需要 %[2]s"},
	"why.plugin.newest":              {"the newest that %[1]s has is %[2]s", "%[1]s 里最新的是 %[2]s"},
	"why.plugin.path":                {"the plugin's path is %[1]s, and none of its symbols is %[1]s.NAME for: %[2]s", "插件的路径是 %[1]s，但没有以下名字对应的符号 %[1]s.名字：%[2]s"},
	"why.plugin.says-path":           {"plugin.Open says: could not find symbol %[1]s: … undefined symbol: %[2]s.%[1]s", "plugin.Open 会说：could not find symbol %[1]s: … undefined symbol: %[2]s.%[1]s"},
	"why.plugin.undefined.one":       {"%[2]s needs it: neither the host nor a library that is linked has it: %[3]s", "%[2]s 需要它，而宿主和已链接的库都没有：%[3]s"},
	"why.plugin.undefined.many":      {"%[2]s needs %[1]d symbols that neither the host nor a library that is linked has: %[3]s", "%[2]s 需要 %[1]d 个符号，而宿主和已链接的库都没有：%[3]s"},
	"why.plugin.where-library":       {"%[1]s has it", "%[1]s 里有它"},
	"why.plugin.where-hidden":        {"%[1]s has it as a local symbol: it is static there, or of hidden visibility", "%[1]s 里它是局部符号：声明为 static，或可见性为 hidden"},
	"why.plugin.where-host":          {"%[1]s has it in its symbol table, and not in the dynamic one", "%[1]s 的符号表里有它，动态符号表里没有"},
	"why.plugin.where-archive":       {"%[1]s, beside the plugin, has it", "插件旁边的 %[1]s 里有它"},
	"why.plugin.where-hidden-object": {"%[1]s, beside the plugin, has it as a hidden or local symbol", "插件旁边的 %[1]s 里有它，但是隐藏或局部的"},
	"why.plugin.cxx":                 {"the plugin has C++ code, and was linked by a C compiler: that does not add libstdc++", "插件里有 C++ 代码，却由 C 编译器链接：它不会加上 libstdc++"},
	"why.plugin.says-first":          {"plugin.Open says so of one of them only: undefined symbol: …", "plugin.Open 只会提到其中一个：undefined symbol: …"},
	"why.plugin.says-undefined":      {"plugin.Open says: undefined symbol: %[1]s", "plugin.Open 会说：undefined symbol: %[1]s"},
}
