package text

// wasmFile are the sentences of gomedic wasm about a module's file, and of gomedic
// wasm bundle.
var wasmFile = Table{
	"cli.wasm.short": {"examine a Go WebAssembly page or module", "检查 Go WebAssembly 页面或模块"},
	"cli.wasm.long": {
		`Examine a Go WebAssembly page in a browser, or a module's file without one.

FILE.wasm is read from its first byte to its last, stripped or not, also as
.wasm.gz or .wasm.br. Nothing of it runs:
  - whole, or at which byte and in which section it breaks, and why;
  - Go version, main package and build settings (-v); modules of TinyGo are
    recognised;
  - whether the wasm_exec.js beside it provides what the module imports, and is
    the one of the Go version that built it, where that is installed;
  - size by section and by package, and what would travel with -s -w, gzip and
    brotli, measured;
  - the files that it embeds.

URL (http:// or https://) is a page: it is opened in Chromium, Chrome or Edge.

Exit code: 0 healthy, 1 findings, 2 the command could not do its work.`,
		`在浏览器中检查 Go WebAssembly 页面，或不用浏览器检查模块文件。

文件.wasm 会从第一个字节读到最后一个，裁剪过的也可以，.wasm.gz 和 .wasm.br 也可以。
其中的代码不会运行：
  - 是否完整；若不完整，在哪个字节、哪一段出错及原因；
  - Go 版本、主包和编译设置（-v）；能识别 TinyGo 的模块；
  - 旁边的 wasm_exec.js 是否提供了模块导入的内容，以及是否是编译它的 Go 版本所带的
    那个（若本机装有该版本）；
  - 按段和按包的大小，以及去掉符号（-s -w）、gzip 和 brotli 后的实测传输大小；
  - 嵌入的文件。

URL（http:// 或 https://）是页面：会在 Chromium、Chrome 或 Edge 中打开。

退出码：0 健康，1 有问题，2 命令未能完成。`,
	},
	"cli.wasm.example": {
		`  gomedic wasm http://localhost:8080/
  gomedic wasm site/app.wasm
  gomedic wasm app.wasm --exec-js static/wasm_exec.js --json | jq .wasm_file.packages`,
		`  gomedic wasm http://localhost:8080/
  gomedic wasm site/app.wasm
  gomedic wasm app.wasm --exec-js static/wasm_exec.js --json | jq .wasm_file.packages`,
	},
	"cli.wasm.flag.exec-js": {"compare with this wasm_exec.js `file` rather than the one beside the module", "与这个 wasm_exec.js `文件` 比较，而不是模块旁边的那个"},

	"cli.wasm.bundle.short": {"build a folder for a web server: module, loader page, compressed files", "构建可直接放到网站上的目录：模块、加载页面、压缩文件"},
	"cli.wasm.bundle.long": {
		`Build a Go program for the web, into a folder that any web server can serve as
it is:
  - app.wasm, built with -trimpath and -ldflags="-s -w";
  - the wasm_exec.js of the Go that built it, which must be no other;
  - a page that shows how much of the module has arrived, checks that it is whole
    and the right one, and starts it. If that fails, the visitor reads in plain
    words what happened and what to do, in English or Chinese, and can copy the
    details for you: not found, cut off, other bytes, forbidden by the site's
    policy, no WebGL, a panic with its stack, and so on;
  - .gz and .br of each file, for servers that send those.
The page needs no inline script and no other site: it works under the policy
script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'.

A folder that holds files of others is not touched (--force writes beside them).
--check serves the folder, compares what comes, and opens the page in Chromium,
Chrome or Edge until the program runs.
--safe builds the emergency variant: what the program's toolkit can do less of in a
browser, by switches that exist in its version and change something. Each is named.

Exit code: 0 made, 1 made and --check found problems, 2 not made.`,
		`把 Go 程序编译为网页，放进任何网站服务器都能直接提供的目录：
  - app.wasm，以 -trimpath 和 -ldflags="-s -w" 编译；
  - 编译所用 Go 自带的 wasm_exec.js，不能用别的；
  - 一个页面：显示模块已到达多少，校验它完整且正确，然后启动。若失败，访问者会
    读到通俗的中文或英文说明和做法，并可复制详情给你：未找到、被截断、内容不符、
    被站点策略禁止、没有 WebGL、panic 及其调用栈等；
  - 每个文件的 .gz 和 .br，供支持它们的服务器使用。
页面没有内联脚本，也不需要其他站点：可在以下策略下工作：
script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'。

含有其他文件的目录不会被触碰（--force 会写在它们旁边）。
--check 会提供该目录、比较收到的内容，并在 Chromium、Chrome 或 Edge 中打开页面，
直到程序运行。
--safe 构建应急版本：程序的工具包在浏览器中能少做的事，所用开关在其版本中确实
存在并有效，逐一列出。

退出码：0 已生成，1 已生成但 --check 发现问题，2 未生成。`,
	},
	"cli.wasm.bundle.example": {
		`  gomedic wasm bundle ./cmd/app -o site
  gomedic wasm bundle ./cmd/app -o site --title "Orders" --icon icon.svg --check
  gomedic wasm bundle ./cmd/app -o site-safe --safe`,
		`  gomedic wasm bundle ./cmd/app -o site
  gomedic wasm bundle ./cmd/app -o site --title "订单" --icon icon.svg --check
  gomedic wasm bundle ./cmd/app -o site-safe --safe`,
	},
	"cli.wasm.bundle.flag.output":  {"the `folder` to make", "要生成的 `目录`"},
	"cli.wasm.bundle.flag.title":   {"the page's `title` (default: the program's name)", "页面 `标题`（默认为程序名）"},
	"cli.wasm.bundle.flag.icon":    {"the page's icon, a PNG, SVG, ICO, GIF, JPEG or WebP `file`", "页面图标，PNG、SVG、ICO、GIF、JPEG 或 WebP `文件`"},
	"cli.wasm.bundle.flag.tags":    {"build `tags`", "编译 `标签`"},
	"cli.wasm.bundle.flag.ldflags": {"more `flags` for the linker, such as '-X main.version=1.2'", "更多链接器 `参数`，例如 '-X main.version=1.2'"},
	"cli.wasm.bundle.flag.symbols": {"keep the names of functions in the module: browsers' profilers show them", "在模块中保留函数名：浏览器的性能分析器会显示它们"},
	"cli.wasm.bundle.flag.safe":    {"build the emergency variant, which does less", "构建应急版本：少做一些事"},
	"cli.wasm.bundle.flag.best":    {"compress by brotli at its highest level: a tenth smaller, minutes slower", "以最高级别进行 brotli 压缩：小约一成，慢数分钟"},
	"cli.wasm.bundle.flag.force":   {"write into a folder that holds other files, too, and over edited ones", "即使目录中有其他文件也写入，并覆盖被编辑过的文件"},
	"cli.wasm.bundle.flag.check":   {"serve the folder and verify it, in a browser, too", "提供该目录并验证，也在浏览器中验证"},
	"cli.wasm.bundle.flag.browser": {"the browser's `program` for --check (default: the first found)", "--check 所用的浏览器 `程序`（默认为找到的第一个）"},

	"bundle.stage.look":         {"asking the go command", "正在询问 go 命令"},
	"bundle.stage.build":        {"building", "正在编译"},
	"bundle.stage.compress":     {"compressing", "正在压缩"},
	"bundle.stage.write":        {"writing the folder", "正在写入目录"},
	"bundle.stage.check":        {"serving it", "正在提供并检查"},
	"bundle.stage.browser":      {"opening the page in a browser", "正在浏览器中打开页面"},
	"bundle.bytes":              {"bytes", "原始"},
	"bundle.safe":               {"Less work", "少做的事"},
	"bundle.safe.animations":    {"Fyne plays no animations", "Fyne 不播放动画"},
	"bundle.safe.emoji":         {"Fyne's emoji font is left out: a smaller module, and emoji in text are not drawn", "不含 Fyne 的表情字体：模块更小，文字中的表情不再绘制"},
	"bundle.safe.ratio":         {"the program is told of one pixel a CSS pixel: on a fine screen it draws a quarter of the pixels, less sharp", "告诉程序每个 CSS 像素只有一个像素：在高分屏上只画四分之一的像素，清晰度降低"},
	"bundle.safe.without":       {"%[1]s would change nothing in this program, and was not used", "%[1]s 对此程序没有作用，未使用"},
	"bundle.safe.none":          {"nothing: no switch of its toolkit does less in a browser", "没有：其工具包在浏览器中没有能少做事的开关"},
	"bundle.checked":            {"checked: %[1]d files came as they are", "已检查：%[1]d 个文件原样送达"},
	"bundle.checked.running":    {"in %[1]s the program runs %[2]s s after the page is opened", "在 %[1]s 中，打开页面 %[2]s 秒后程序开始运行"},
	"bundle.checked.no-browser": {"no Chromium, Chrome or Edge was found: the page was not opened (--browser PROGRAM names one)", "没有找到 Chromium、Chrome 或 Edge：未打开页面（可用 --browser 程序 指定）"},
	"bundle.problem.other":      {"what the server gives differs from what was made", "服务器给出的与生成的不同"},
	"bundle.problem.mime":       {"the type is %[1]s, not %[2]s", "类型是 %[1]s，而不是 %[2]s"},
	"bundle.problem.packed":     {"it does not unpack to the file that it is of", "解压后与原文件不同"},
	"bundle.problem.module":     {"no valid module: %[1]s", "不是有效的模块：%[1]s"},
	"bundle.problem.script":     {"it does not fit the module: %[1]s", "与模块不匹配：%[1]s"},
	"bundle.problem.failed":     {"the page shows its error page (%[1]s):\n%[2]s", "页面显示了错误页（%[1]s）：\n%[2]s"},
	"bundle.problem.exited":     {"the program ended by itself", "程序自行结束了"},
	"bundle.problem.state":      {"the page is still %[1]s after %[2]s", "%[2]s 后页面仍处于 %[1]s"},
	"bundle.next":               {"Put the files of %[1]s on a web server; .gz and .br are for servers that send compressed files.", "把 %[1]s 中的文件放到网站服务器上；.gz 和 .br 供能发送压缩文件的服务器使用。"},
	"bundle.next.check":         {"--check serves them here and opens the page in a browser.", "--check 会在本机提供它们并在浏览器中打开页面。"},

	"error.bundle-arguments":         {"gomedic wasm bundle takes one package, and got %[1]d arguments", "gomedic wasm bundle 需要一个包，实际得到 %[1]d 个参数"},
	"hint.bundle-arguments":          {"gomedic wasm bundle ./cmd/app -o site", "gomedic wasm bundle ./cmd/app -o site"},
	"error.bundle-no-go":             {"there is no go command: %[1]s", "没有 go 命令：%[1]s"},
	"hint.bundle-no-go":              {"install Go, or put it into PATH", "请安装 Go，或把它放进 PATH"},
	"error.bundle-no-package":        {"there is no such package: %[1]s", "没有这个包：%[1]s"},
	"hint.bundle-no-package":         {"name one package with a main function, from within its module: ./cmd/app", "请在模块内指定一个含 main 函数的包：./cmd/app"},
	"error.bundle-not-main":          {"%[1]s is no program: its package is not main", "%[1]s 不是程序：它的包不是 main"},
	"hint.bundle-not-main":           {"name the package that has the main function", "请指定含 main 函数的包"},
	"error.bundle-not-built":         {"it does not build for js/wasm:\n%[1]s", "无法为 js/wasm 编译：\n%[1]s"},
	"hint.bundle-not-built":          {"GOOS=js GOARCH=wasm go build shows the same; what needs C or a desktop belongs into files with //go:build !js", "GOOS=js GOARCH=wasm go build 会显示同样的错误；需要 C 或桌面的代码应放进带 //go:build !js 的文件"},
	"error.bundle-no-script":         {"the Go in %[1]s has no wasm_exec.js", "%[1]s 中的 Go 没有 wasm_exec.js"},
	"hint.bundle-no-script":          {"install Go from go.dev/dl, or the package of your system that has lib/wasm (golang-misc, go-doc)", "请从 go.dev/dl 安装 Go，或安装系统中含 lib/wasm 的软件包（golang-misc、go-doc）"},
	"error.bundle-script":            {"%[1]s does not fit the Go that it belongs to", "%[1]s 与其所属的 Go 不匹配"},
	"error.bundle-folder-none":       {"no folder was named", "没有指定目录"},
	"hint.bundle-folder-none":        {"gomedic wasm bundle ./cmd/app -o site", "gomedic wasm bundle ./cmd/app -o site"},
	"error.bundle-folder-file":       {"%[1]s is a file, not a folder", "%[1]s 是文件，不是目录"},
	"hint.bundle-folder-file":        {"name a folder that is new or empty: -o site", "请指定新的或空的目录：-o site"},
	"error.bundle-folder-others":     {"the folder holds a file that no bundle brought: %[1]s", "目录中有不属于任何打包结果的文件：%[1]s"},
	"hint.bundle-folder-others":      {"name a folder that is new or empty; --force writes beside what is there", "请指定新的或空的目录；--force 会写在现有文件旁边"},
	"error.bundle-folder-changed":    {"a file of the bundle before was edited: %[1]s", "上次打包的文件被编辑过：%[1]s"},
	"hint.bundle-folder-changed":     {"keep your changes elsewhere, or name another folder; --force writes over them", "请另存你的改动，或指定其他目录；--force 会覆盖它们"},
	"error.bundle-folder-unwritable": {"%[1]s cannot be written: %[2]s", "无法写入 %[1]s：%[2]s"},
	"hint.bundle-folder-unwritable":  {"name a folder that you may write to: -o site", "请指定你有权写入的目录：-o site"},
	"error.bundle-icon":              {"%[1]s is no picture that browsers show as an icon", "%[1]s 不是浏览器能显示为图标的图片"},
	"error.bundle-icon-read":         {"the icon %[1]s cannot be used: %[2]s", "无法使用图标 %[1]s：%[2]s"},
	"hint.bundle-icon":               {"take a PNG, SVG, ICO, GIF, JPEG or WebP file of up to 1 MiB", "请使用不超过 1 MiB 的 PNG、SVG、ICO、GIF、JPEG 或 WebP 文件"},

	"module.stage.read":         {"reading the module", "正在读取模块"},
	"module.stage.code":         {"checking the code", "正在检查代码"},
	"module.limit.code":         {"the code of %[1]d of %[2]d functions was not checked: it uses SIMD, threads, exceptions or garbage collection", "%[2]d 个函数中有 %[1]d 个的代码未检查：它们用到了 SIMD、线程、异常或垃圾回收"},
	"module.limit.code.help":    {"open the page in a browser: gomedic wasm URL", "请在浏览器中打开页面：gomedic wasm URL"},
	"module.stage.size":         {"adding up packages", "正在按包汇总"},
	"module.stage.compress":     {"compressing it, to see how small it becomes", "正在压缩，以测量能有多小"},
	"module.limit.exec-js":      {"there is no wasm_exec.js beside the module: its imports were not compared", "模块旁边没有 wasm_exec.js：没有比较导入"},
	"module.limit.exec-js.help": {"name the page's script: --exec-js FILE", "请指定页面所用的脚本：--exec-js 文件"},
	"module.limit.names":        {"the functions cannot be told apart: the module is stripped, and its table of functions is older than Go 1.20 or was taken out", "无法区分各个函数：模块已裁剪，且其函数表早于 Go 1.20 或已被去掉"},
	"module.limit.names.help":   {"build it with a newer Go, or without -s -w", "用更新的 Go 编译，或不加 -s -w"},
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
	"wasmfile.nameless":         {"without names", "去掉名称"},
	"wasmfile.embedded.one":     {"Embedded: one file, %[2]s", "嵌入：1 个文件，%[2]s"},
	"wasmfile.embedded.many":    {"Embedded: %[1]d files, %[2]s", "嵌入：%[1]d 个文件，%[2]s"},
	"wasmfile.looked.whole":     {"%[1]d sections in %[2]s, from the first byte to the last; the code is valid", "%[2]s 中的 %[1]d 个段，从第一个字节到最后一个；代码有效"},
	"wasmfile.looked.sections":  {"%[1]d sections in %[2]s, from the first byte to the last", "%[2]s 中的 %[1]d 个段，从第一个字节到最后一个"},
	"wasmfile.looked.tinygo":    {"made by TinyGo: there is no Go runtime in it that gomedic reads", "由 TinyGo 生成：其中没有 gomedic 能读取的 Go 运行时"},
	"wasmfile.looked.foreign":   {"no trace of Go in it: another compiler made it", "其中没有 Go 的痕迹：由其他编译器生成"},
	"wasmfile.looked.functions": {"functions: %[1]d, packages: %[2]d", "函数：%[1]d，包：%[2]d"},
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
	"error.wasm-large":     {"%[1]s is too large, or unpacks to too much: a module has 1 GiB at most, a compressed one 512 MiB", "%[1]s 太大，或解压后太大：模块最多 1 GiB，压缩的最多 512 MiB"},
	"hint.wasm-large":      {"name the module itself, FILE.wasm", "请指定模块本身，文件.wasm"},
	"error.wasm-saved":     {"%[1]s holds nothing of a page or a module", "%[1]s 里没有关于页面或模块的内容"},
	"hint.wasm-saved":      {"gomedic check %[1]s shows what it holds", "gomedic check %[1]s 会显示其中的内容"},
	"error.exec-js":        {"%[1]s is no wasm_exec.js: it has no importObject", "%[1]s 不是 wasm_exec.js：其中没有 importObject"},
	"error.exec-js-read":   {"%[1]s cannot be read: %[2]s", "无法读取 %[1]s：%[2]s"},
	"hint.exec-js":         {"name the script that the page loads before the module", "请指定页面在加载模块之前加载的脚本"},
	"hint.wasm-page":       {"it comes with the next commits", "随后的提交会带来它"},
}
