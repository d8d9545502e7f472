package text

// wasmFile are the sentences of gomedic wasm about a module's file, and of gomedic
// wasm bundle.
var wasmFile = Table{
	"cli.wasm.short": {"examine a Go WebAssembly page or module", "检查 Go WebAssembly 页面或模块"},
	"cli.wasm.long": {
		`Examine a Go WebAssembly page in a browser, or a module's file without one.`,
		`在浏览器中检查 Go WebAssembly 页面，或不用浏览器检查模块文件。`,
	},
	"cli.wasm.example": {
		`  gomedic wasm http://localhost:8080/
  gomedic wasm app.wasm`,
		`  gomedic wasm http://localhost:8080/
  gomedic wasm app.wasm`,
	},
	"cli.wasm.flag.exec-js": {"compare with this wasm_exec.js `file` rather than the one beside the module", "与这个 wasm_exec.js `文件` 比较，而不是模块旁边的那个"},

	"cli.wasm.bundle.short":       {"build a folder for a web server: module, loader page, compressed files", "构建可直接放到网站上的目录：模块、加载页面、压缩文件"},
	"cli.wasm.bundle.long":        {`Build a folder that any web server can serve as it is.`, `构建任何网站服务器都能直接提供的目录。`},
	"cli.wasm.bundle.example":     {`  gomedic wasm bundle ./cmd/app -o site`, `  gomedic wasm bundle ./cmd/app -o site`},
	"cli.wasm.bundle.flag.output": {"the `folder` to make", "要生成的 `目录`"},

	"module.stage.read":         {"reading the module", "正在读取模块"},
	"module.stage.size":         {"adding up packages", "正在按包汇总"},
	"module.stage.compress":     {"compressing it, to see how small it becomes", "正在压缩，以测量能有多小"},
	"module.limit.exec-js":      {"there is no wasm_exec.js beside the module: its imports were not compared", "模块旁边没有 wasm_exec.js：没有比较导入"},
	"module.limit.exec-js.help": {"name the page's script: --exec-js FILE", "请指定页面所用的脚本：--exec-js 文件"},
	"module.limit.image":        {"the data segments do not tell the initial memory: embedded files were not looked for", "数据段没有给出初始内存：没有查找嵌入的文件"},
	"module.limit.image.help":   {"examine the module that go build wrote, before other tools changed it", "请检查 go build 直接生成、未经其他工具改动的模块"},

	"wasmfile.healthy":          {"The module is whole", "模块完整"},
	"wasmfile.head":             {"Module", "模块"},
	"wasmfile.packed":           {"%[1]s (in %[3]s of %[2]s)", "%[1]s（%[2]s 压缩后 %[3]s）"},
	"wasmfile.foreign":          {"not made by Go", "不是由 Go 生成的"},
	"wasmfile.no-section":       {"none", "（无）"},
	"wasmfile.sections":         {"Sections", "段"},
	"wasmfile.packages":         {"Packages, by their %[1]s of code", "包（代码共 %[1]s）"},
	"wasmfile.rest":             {"%[1]d others", "其余 %[1]d 个"},
	"wasmfile.savings":          {"What would travel, measured", "传输大小（实测）"},
	"wasmfile.now":              {"as it is", "现状"},
	"wasmfile.embedded.one":     {"Embedded: one file, %[2]s", "嵌入：1 个文件，%[2]s"},
	"wasmfile.embedded.many":    {"Embedded: %[1]d files, %[2]s", "嵌入：%[1]d 个文件，%[2]s"},
	"wasmfile.looked.whole":     {"%[1]d sections in %[2]s, from the first byte to the last", "%[2]s 中的 %[1]d 个段，从第一个字节到最后一个"},
	"wasmfile.looked.tinygo":    {"made by TinyGo: there is no Go runtime in it that gomedic reads", "由 TinyGo 生成：其中没有 gomedic 能读取的 Go 运行时"},
	"wasmfile.looked.foreign":   {"no trace of Go in it: another compiler made it", "其中没有 Go 的痕迹：由其他编译器生成"},
	"wasmfile.looked.functions": {"%[1]d functions in %[2]d packages", "%[2]d 个包中的 %[1]d 个函数"},
	"wasmfile.looked.imports":   {"%[1]s provides all %[2]d imports", "%[1]s 提供了全部 %[2]d 项导入"},
	"wasmfile.looked.same":      {"%[1]s provides all %[2]d imports, and is the one of the Go that built the module", "%[1]s 提供了全部 %[2]d 项导入，且正是编译该模块的 Go 所带的脚本"},
	"wasmfile.looked.unsure":    {"%[1]s provides %[2]d of %[3]d imports; of the others its text does not tell", "%[1]s 提供了 %[3]d 项导入中的 %[2]d 项；其余无法从文本判断"},

	"error.wasm-arguments": {"gomedic wasm takes one page or one file, and got %[1]d arguments", "gomedic wasm 需要一个页面或一个文件，实际得到 %[1]d 个参数"},
	"hint.wasm-arguments":  {"gomedic wasm http://HOST/PAGE, or gomedic wasm FILE.wasm", "gomedic wasm http://主机/页面，或 gomedic wasm 文件.wasm"},
	"error.wasm-no-file":   {"there is no file %[1]s", "没有 %[1]s 这个文件"},
	"error.wasm-scheme":    {"%[1]s is neither a page of http:// or https:// nor a file", "%[1]s 既不是 http:// 或 https:// 页面，也不是文件"},
	"error.wasm-directory": {"%[1]s is not a regular file", "%[1]s 不是普通文件"},
	"hint.wasm-directory":  {"name the module in it, FILE.wasm", "请指定其中的模块，文件.wasm"},
	"error.wasm-page":      {"%[1]s: pages are not built in yet", "%[1]s：尚未内置页面检查"},
	"error.wasm-file":      {"%[1]s is no WebAssembly module", "%[1]s 不是 WebAssembly 模块"},
	"error.wasm-large":     {"%[1]s is larger than 1 GiB: no browser takes it", "%[1]s 超过 1 GiB：没有浏览器会接受"},
	"hint.wasm-large":      {"name the module itself, FILE.wasm", "请指定模块本身，文件.wasm"},
	"error.wasm-saved":     {"%[1]s holds nothing of a page or a module", "%[1]s 里没有关于页面或模块的内容"},
	"hint.wasm-saved":      {"gomedic check %[1]s shows what it holds", "gomedic check %[1]s 会显示其中的内容"},
	"error.exec-js":        {"%[1]s is no wasm_exec.js: it has no importObject", "%[1]s 不是 wasm_exec.js：其中没有 importObject"},
	"error.exec-js-read":   {"%[1]s cannot be read: %[2]s", "无法读取 %[1]s：%[2]s"},
	"hint.exec-js":         {"name the script that the page loads before the module", "请指定页面在加载模块之前加载的脚本"},
	"hint.wasm-page":       {"it comes with the next commits", "随后的提交会带来它"},
	"error.wasm-bundle":    {"bundles are not built in yet", "尚未内置打包"},
}
