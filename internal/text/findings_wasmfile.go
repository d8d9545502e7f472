package text

// wasmFiles are the sentences of the wasm family about a module's file. Keys and
// arguments:
//
//	finding.wasm/truncated.title.file              file, its size (int)
//	finding.wasm/not-wasm.title.file-*             file, offset
//	finding.wasm/not-wasm.title.packed             file, gzip or brotli
//	finding.wasm/exec-js-mismatch.title.file       number (int), script, an import
//	finding.wasm/exec-js-mismatch.title.edited     script, Go version
//	finding.wasm/exec-js-mismatch.now.copy         path of the right script
//	why.wasm.break                                 offset, section, what is wrong there
var wasmFiles = Table{
	"finding.wasm/truncated.title.file":       {"%[1]s is cut off after %[2]d bytes", "%[1]s 在 %[2]d 字节后被截断"},
	"finding.wasm/truncated.title.file-empty": {"%[1]s is empty", "%[1]s 是空文件"},
	"finding.wasm/truncated.now.file":         {"build or copy the file again, and compare the sizes: a copy, an upload or a download ended too early", "重新编译或复制该文件，并比较大小：复制、上传或下载过早结束了"},
	"finding.wasm/truncated.change.file":      {"upload to another name and rename it when it is whole, and have the server send Content-Length", "先上传到别的文件名，完整后再改名；并让服务器发送 Content-Length"},

	"finding.wasm/not-wasm.title.file-html":      {"%[1]s is an HTML page, not a module", "%[1]s 是 HTML 页面，不是模块"},
	"finding.wasm/not-wasm.title.file-gzip":      {"%[1]s holds gzip in gzip, not a module", "%[1]s 是双重 gzip，不是模块"},
	"finding.wasm/not-wasm.title.file-elf":       {"%[1]s is a program for Linux, not a module", "%[1]s 是 Linux 程序，不是模块"},
	"finding.wasm/not-wasm.title.file-lfs":       {"%[1]s is a pointer of Git LFS, not a module", "%[1]s 是 Git LFS 指针，不是模块"},
	"finding.wasm/not-wasm.title.file-text":      {"%[1]s is text, not a module", "%[1]s 是文本，不是模块"},
	"finding.wasm/not-wasm.title.file-other":     {"%[1]s is no WebAssembly module", "%[1]s 不是 WebAssembly 模块"},
	"finding.wasm/not-wasm.title.file-version":   {"%[1]s is of a version of WebAssembly that browsers do not know", "%[1]s 的 WebAssembly 版本不为浏览器所知"},
	"finding.wasm/not-wasm.title.file-component": {"%[1]s is a component, and browsers run modules", "%[1]s 是组件（component），而浏览器只运行模块"},
	"finding.wasm/not-wasm.title.file-too-large": {"%[1]s is larger than browsers take", "%[1]s 超过浏览器允许的大小"},
	"finding.wasm/not-wasm.title.file-damaged":   {"%[1]s is damaged: the module breaks at byte %[2]s", "%[1]s 已损坏：模块在第 %[2]s 字节处出错"},
	"finding.wasm/not-wasm.title.packed":         {"%[1]s is compressed by %[2]s, and its name does not say so", "%[1]s 用 %[2]s 压缩过，而文件名没有说明"},
	"finding.wasm/not-wasm.now.file-html":        {"get the file again: what was saved is the server's page for an address that it does not have, or a login", "重新取得该文件：保存下来的是服务器对未知地址给出的页面，或登录页"},
	"finding.wasm/not-wasm.now.file-gzip":        {"unpack it twice, or compress the module once only", "解压两次，或只压缩一次模块"},
	"finding.wasm/not-wasm.now.file-elf":         {"build it for the web: GOOS=js GOARCH=wasm go build -o app.wasm", "为网页编译：GOOS=js GOARCH=wasm go build -o app.wasm"},
	"finding.wasm/not-wasm.now.file-lfs":         {"run git lfs pull, and deploy again", "运行 git lfs pull 后重新部署"},
	"finding.wasm/not-wasm.now.file-text":        {"look into the file: it may be an error message that was saved in the module's place", "看看文件内容：可能是被当作模块保存下来的错误信息"},
	"finding.wasm/not-wasm.now.file-other":       {"build it for the web: GOOS=js GOARCH=wasm go build -o app.wasm", "为网页编译：GOOS=js GOARCH=wasm go build -o app.wasm"},
	"finding.wasm/not-wasm.now.file-version":     {"build it anew with a released Go: GOOS=js GOARCH=wasm go build -o app.wasm", "用正式版 Go 重新编译：GOOS=js GOARCH=wasm go build -o app.wasm"},
	"finding.wasm/not-wasm.now.file-component":   {"build it for the web: GOOS=js GOARCH=wasm go build -o app.wasm", "为网页编译：GOOS=js GOARCH=wasm go build -o app.wasm"},
	"finding.wasm/not-wasm.now.file-too-large":   {"embed less: load large files when they are needed", "减少嵌入：大文件在需要时再加载"},
	"finding.wasm/not-wasm.now.file-damaged":     {"build or copy the file again, in binary mode: bytes were changed on the way, or by a tool that rewrites modules", "重新编译或以二进制方式复制该文件：字节在途中被改动，或被改写模块的工具改动"},
	"finding.wasm/not-wasm.change.packed":        {"serve it with Content-Encoding: %[2]s, or name it .wasm.%[2]s", "提供时加上 Content-Encoding: %[2]s，或改名为 .wasm.%[2]s"},

	"finding.wasm/exec-js-mismatch.title.file.one":  {"%[2]s does not provide %[3]s, which the module imports: it cannot start", "%[2]s 没有提供模块导入的 %[3]s：模块无法启动"},
	"finding.wasm/exec-js-mismatch.title.file.many": {"%[2]s does not provide %[1]d things that the module imports, such as %[3]s: it cannot start", "%[2]s 没有提供模块导入的 %[1]d 项，例如 %[3]s：模块无法启动"},
	"finding.wasm/exec-js-mismatch.title.edited":    {"%[1]s is not the one of %[2]s, though it provides what the module imports", "%[1]s 不是 %[2]s 自带的那个，不过提供了模块导入的全部内容"},
	"finding.wasm/exec-js-mismatch.now.copy":        {"copy the script of the Go that built the module: %[1]s", "复制编译该模块的 Go 所带的脚本：%[1]s"},
	"finding.wasm/exec-js-mismatch.now.version":     {"copy the script of the Go that built the module: cp \"$(GOTOOLCHAIN=%[1]s go env GOROOT)/lib/wasm/wasm_exec.js\" ./ (misc/wasm until Go 1.23)", "复制编译该模块的 Go 所带的脚本：cp \"$(GOTOOLCHAIN=%[1]s go env GOROOT)/lib/wasm/wasm_exec.js\" ./（Go 1.23 及以前在 misc/wasm）"},
	"finding.wasm/exec-js-mismatch.now.go":          {"copy the script of the Go that built the module: cp \"$(go env GOROOT)/lib/wasm/wasm_exec.js\" ./", "复制编译该模块的 Go 所带的脚本：cp \"$(go env GOROOT)/lib/wasm/wasm_exec.js\" ./"},
	"finding.wasm/exec-js-mismatch.now.tinygo":      {"copy the script of the TinyGo that built the module: cp \"$(tinygo env TINYGOROOT)/targets/wasm_exec.js\" ./", "复制编译该模块的 TinyGo 所带的脚本：cp \"$(tinygo env TINYGOROOT)/targets/wasm_exec.js\" ./"},
	"finding.wasm/exec-js-mismatch.now.unknown":     {"take the script that comes with the compiler that built the module", "使用编译该模块的编译器所带的脚本"},
	"finding.wasm/exec-js-mismatch.change.file":     {"let one command make both: gomedic wasm bundle copies the script of the Go that builds", "让同一条命令生成两者：gomedic wasm bundle 会复制编译所用 Go 的脚本"},

	"why.wasm.break":        {"at byte %[1]s, in the section %[2]s: %[3]s", "在第 %[1]s 字节，%[2]s 段：%[3]s"},
	"why.wasm.empty":        {"the file has no bytes", "文件没有内容"},
	"why.wasm.packed":       {"it begins as %[1]s does, and holds a module", "它以 %[1]s 开头，里面是一个模块"},
	"why.wasm.imports.one":  {"not in the importObject of %[2]s: %[3]s", "%[2]s 的 importObject 里没有：%[3]s"},
	"why.wasm.imports.many": {"%[1]d imports are not in the importObject of %[2]s: %[3]s", "%[2]s 的 importObject 里没有这 %[1]d 项导入：%[3]s"},
	"why.wasm.provides":     {"%[1]s provides the modules %[2]s", "%[1]s 提供的模块是 %[2]s"},
	"why.wasm.edited":       {"%[1]s and %[2]s differ: it was edited, made small, or comes from another version", "%[1]s 与 %[2]s 不同：它被编辑、压缩过，或来自别的版本"},
}
