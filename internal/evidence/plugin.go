package evidence

import (
	"slices"
	"time"
)

// Plugin is the evidence for the refusals of plugin.Open: a plugin's file and the
// program that is to load it. Lists are sorted.
type Plugin struct {
	Took   time.Duration `json:"took"`
	Host   PluginFile    `json:"host"`
	Plugin PluginFile    `json:"plugin"`

	Shared   int             `json:"shared"`             // packages that both have
	Differ   []string        `json:"differ,omitempty"`   // … and whose hashes are not equal
	First    string          `json:"first,omitempty"`    // … of which the runtime comes to first, as it will say; empty: unknown
	Layouts  bool            `json:"layouts,omitempty"`  // the two releases of Go lay out the runtime's module data differently
	Brought  []PluginBrought `json:"brought,omitempty"`  // packages that differ, and that a plugin loaded before has brought in
	Settings []PluginSetting `json:"settings,omitempty"` // of the build, that are not equal
	Modules  []PluginModule  `json:"modules,omitempty"`  // dependencies of other versions
	Folders  []PluginFolder  `json:"folders,omitempty"`  // of packages that differ, where they are not equal
	Code     []PluginCode    `json:"code,omitempty"`     // packages of equal hashes and other code
	Compared int             `json:"compared,omitempty"` // functions whose code was compared

	Libraries []PluginLibrary `json:"libraries,omitempty"` // that are needed and not there
	Versions  []PluginVersion `json:"versions,omitempty"`  // that no library here has
	Undefined []PluginSymbol  `json:"undefined,omitempty"` // symbols that nothing provides
	Exports   []string        `json:"exports,omitempty"`   // exported names whose symbols are not under the plugin's path
	Symbols   int             `json:"symbols,omitempty"`   // that the plugin needs of others
	Libc      string          `json:"libc,omitempty"`      // the newest GLIBC version that is there

	Loaded PluginLoaded `json:"loaded,omitzero"`
}

// PluginFile is what one of the two files says of itself.
type PluginFile struct {
	Path       string `json:"path"`
	Go         string `json:"go,omitempty"`          // "go1.26.8"
	OS         string `json:"os,omitempty"`          // GOOS
	Arch       string `json:"arch,omitempty"`        // GOARCH, else the ELF machine's name
	Bits       int    `json:"bits,omitempty"`        // 32 or 64
	BuildMode  string `json:"build_mode,omitempty"`  // "exe", "plugin"
	PluginPath string `json:"plugin_path,omitempty"` // of a plugin: the path that the runtime knows it by
	MainModule string `json:"main_module,omitempty"` // empty: unknown
	Stripped   bool   `json:"stripped"`
	NoCgo      bool   `json:"no_cgo,omitempty"`     // CGO_ENABLED=0
	Static     bool   `json:"static,omitempty"`     // no dynamic linker is asked for
	NoExport   bool   `json:"no_export,omitempty"`  // linked for plugins, and its symbols are not in the dynamic table
	NoPlugins  bool   `json:"no_plugins,omitempty"` // package plugin is not linked in
}

// PluginSetting is one setting of the build that host and plugin do not share.
type PluginSetting struct {
	Key    string `json:"key"` // "-trimpath", "GOEXPERIMENT"; "" values: not set
	Host   string `json:"host,omitempty"`
	Plugin string `json:"plugin,omitempty"`
}

// PluginModule is a dependency that both have in different versions.
type PluginModule struct {
	Path     string `json:"path"`
	Host     string `json:"host"`               // version, or the folder that replaces it
	Plugin   string `json:"plugin"`             //
	Packages int    `json:"packages,omitempty"` // of it, whose hashes differ
}

// PluginBrought is a package that the host has from another plugin.
type PluginBrought struct {
	Package string `json:"package"`
	File    string `json:"file"` // of that plugin
}

// PluginFolder is a package that was compiled in two folders.
type PluginFolder struct {
	Package string `json:"package"`
	Host    string `json:"host"`
	Plugin  string `json:"plugin"`
}

// PluginCode is a package whose functions are not the same code in both.
type PluginCode struct {
	Package   string   `json:"package"`
	Functions []string `json:"functions"`      // at most 16
	More      int      `json:"more,omitempty"` // functions that are not listed
}

// PluginLibrary is a shared library that cannot be found.
type PluginLibrary struct {
	Name     string   `json:"name"`               // DT_NEEDED
	By       string   `json:"by"`                 // the file that needs it
	Near     string   `json:"near,omitempty"`     // a file of that name, or of another version, where the loader does not look
	Searched []string `json:"searched,omitempty"` // folders, in the loader's order
}

// PluginVersion is a version of symbols that a library here does not have.
type PluginVersion struct {
	Version string   `json:"version"` // "GLIBC_2.38"
	Library string   `json:"library"` // "libc.so.6"
	Found   string   `json:"found,omitempty"`
	Newest  string   `json:"newest,omitempty"`
	By      string   `json:"by"`
	Symbols []string `json:"symbols,omitempty"` // that need it, at most 16
}

// Where a missing symbol is, although the loader does not see it.
const (
	NowhereFound   = ""
	InLibrary      = "library"       // a shared library that nothing links
	InHidden       = "hidden"        // a hidden or static symbol of a file that is loaded; linkers make them one
	InHost         = "host"          // a function of the host that its dynamic table lacks
	InArchive      = "archive"       // a static library or object beside the plugin
	InHiddenObject = "hidden-object" // … where it is hidden
)

// PluginSymbol is a symbol that is needed and that nothing provides.
type PluginSymbol struct {
	Name      string `json:"name"`
	Demangled string `json:"demangled,omitempty"` // of C++
	By        string `json:"by"`                  // the file that needs it
	Where     string `json:"where,omitempty"`     // In…
	File      string `json:"file,omitempty"`      // in which it is
	First     bool   `json:"first,omitempty"`     // the dynamic linker comes to it first, and will name it
	CXX       bool   `json:"cxx,omitempty"`       // part of the C++ runtime
	Sanitizer string `json:"sanitizer,omitempty"` // of the race detector or a sanitizer: the flag, "-race"
}

// PluginLoaded is what a running host has loaded already.
type PluginLoaded struct {
	Known    bool     `json:"known,omitempty"`     // the host runs, and could be asked
	Paths    []string `json:"paths,omitempty"`     // plugin paths that it has
	Same     bool     `json:"same,omitempty"`      // the plugin's path is one of them
	File     string   `json:"file,omitempty"`      // the file from which that was loaded
	SameFile bool     `json:"same_file,omitempty"` // the very file is loaded
	Refused  bool     `json:"refused,omitempty"`   // the host has refused a file of this name
	Replaced bool     `json:"replaced,omitempty"`  // the file that was loaded under this name is another one by now
}

// repair leaves out what cannot be: packages of other code without a function.
func (p *Plugin) repair() {
	const most = 1 << 20
	p.Code = slices.DeleteFunc(p.Code, func(c PluginCode) bool { return len(c.Functions) == 0 })
	for i := range p.Code {
		p.Code[i].More = min(max(p.Code[i].More, 0), most)
	}
}
