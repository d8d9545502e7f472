package evidence

// KindWasm is the kind of a target that is the file of a WebAssembly module.
const KindWasm = "wasm"

// WasmFile is what a module's file holds, read without running it. Sizes are bytes.
type WasmFile struct {
	Size   int64  `json:"size"`             // of the module, unpacked
	Packed string `json:"packed,omitempty"` // "gzip", "brotli": the file was compressed
	InFile int64  `json:"in_file"`          // size of the file as it is
	// Break says where the file is no valid module; nil: it is valid as far as it was
	// checked.
	Break *WasmBreak `json:"break,omitempty"`

	// Unchecked is how many functions use parts of WebAssembly that are not checked here.
	Unchecked int `json:"unchecked,omitempty"`

	Compiler string        `json:"compiler,omitempty"` // "go", "tinygo"; empty: neither
	System   string        `json:"system,omitempty"`   // "js", "wasip1": what it runs in, as far as the imports tell
	Package  string        `json:"package,omitempty"`  // of main: "example.com/app/cmd/app"
	Settings []WasmSetting `json:"settings,omitempty"` // of the build

	Imports []WasmImport `json:"imports,omitempty"`
	ExecJS  *WasmExecJS  `json:"exec_js,omitempty"` // what provides them; nil: none was found

	Sections  []WasmPart   `json:"sections,omitempty"`   // in the order of the file
	Packages  []WasmPart   `json:"packages,omitempty"`   // by the code of their functions, largest first
	NamesFrom string       `json:"names_from,omitempty"` // "pclntab", "names": how functions were told apart
	Savings   *WasmSavings `json:"savings,omitempty"`
	Embedded  *WasmFiles   `json:"embedded,omitempty"` // of a Go program; nil: not looked for
}

// WasmBreak is where a file stops being a module.
type WasmBreak struct {
	Reason  string `json:"reason"` // see wasmfile.Reason: "not-wasm", "empty", "truncated", "damaged", …
	Offset  int64  `json:"offset"`
	Section string `json:"section,omitempty"`
	What    string `json:"what"`            // in English
	Looks   string `json:"looks,omitempty"` // what it is instead: "html", "gzip", "brotli", "elf", "text"
}

// WasmSetting is one setting of the build.
type WasmSetting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// WasmImport is one thing that a module needs from outside.
type WasmImport struct {
	Module string `json:"module"`
	Name   string `json:"name"`
	Kind   string `json:"kind"` // "func", "memory", "table", "global", "tag"
}

// WasmExecJS is the script that starts the module.
type WasmExecJS struct {
	Path    string       `json:"path"`
	Missing []WasmImport `json:"missing,omitempty"` // imports that it does not provide
	Unsure  []WasmImport `json:"unsure,omitempty"`  // … of which its text does not tell
	Modules []string     `json:"modules,omitempty"` // that it provides
	// Toolchain is the script of the Go version that built the module, where it is
	// installed; Same: the two are equal.
	Toolchain string `json:"toolchain,omitempty"`
	Same      bool   `json:"same,omitempty"`
}

// WasmPart is a part of the module.
type WasmPart struct {
	Name      string `json:"name"`
	Bytes     int64  `json:"bytes"`
	Functions int    `json:"functions,omitempty"`
}

// WasmSavings is how small the module could be. Gzip and Brotli are measured on the
// module without what -s -w leaves out.
type WasmSavings struct {
	Strip  int64 `json:"strip"`  // what -ldflags="-s -w" would leave out
	Gzip   int64 `json:"gzip"`   // size, compressed at level 6
	Brotli int64 `json:"brotli"` // … at level 6
}

// WasmFiles are the files that a program embeds.
type WasmFiles struct {
	Count   int        `json:"count"`
	Bytes   int64      `json:"bytes"`
	Largest []WasmPart `json:"largest,omitempty"` // at most ten
}
