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

	"error.wasm-arguments": {"gomedic wasm takes one page or one file, and got %[1]d arguments", "gomedic wasm 需要一个页面或一个文件，实际得到 %[1]d 个参数"},
	"hint.wasm-arguments":  {"gomedic wasm http://HOST/PAGE, or gomedic wasm FILE.wasm", "gomedic wasm http://主机/页面，或 gomedic wasm 文件.wasm"},
	"error.wasm-no-file":   {"there is no file %[1]s", "没有 %[1]s 这个文件"},
	"error.wasm-scheme":    {"%[1]s is neither a page of http:// or https:// nor a file", "%[1]s 既不是 http:// 或 https:// 页面，也不是文件"},
	"error.wasm-directory": {"%[1]s is not a regular file", "%[1]s 不是普通文件"},
	"hint.wasm-directory":  {"name the module in it, FILE.wasm", "请指定其中的模块，文件.wasm"},
	"error.wasm-page":      {"%[1]s: pages are not built in yet", "%[1]s：尚未内置页面检查"},
	"error.wasm-parse":     {"%[1]s is no valid module: %[2]s", "%[1]s 不是有效的模块：%[2]s"},
	"hint.wasm-page":       {"it comes with the next commits", "随后的提交会带来它"},
	"error.wasm-bundle":    {"bundles are not built in yet", "尚未内置打包"},
}
