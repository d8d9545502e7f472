// Package wasmbundle makes a folder of a Go program that any web server can serve as
// it is: the module, the wasm_exec.js of the Go that built it, a loader page that shows
// how far it is and says in plain words what went wrong, and each file compressed
// beside it.
//
// A folder that holds anything that is not of an earlier bundle is not written to. The
// package builds with the user's go command and starts nothing that it builds, but in
// [Check], where a browser opens the page. Start at [Make].
package wasmbundle

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// Options says what to bundle.
type Options struct {
	Dir     string // where the go command runs; empty: here
	Package string // as go build takes it
	Output  string // the folder to make
	Title   string // of the page; empty: the program's name
	Icon    string // a PNG, SVG, ICO, GIF, JPEG or WebP file; may be empty
	Tags    string // build tags
	Ldflags string // more flags for the linker
	Symbols bool   // keep the names of functions
	Safe    bool   // the emergency variant: less work
	Best    bool   // compress as well as brotli can, which takes minutes
	Force   bool   // write into a folder that holds other files

	Progress func(key string) // is told the stages, by their keys; may be nil
}

// Result is a bundle that was made.
type Result struct {
	Folder  string     `json:"folder"`
	Package string     `json:"package"`
	Go      string     `json:"go"`
	Title   string     `json:"title"`
	Toolkit string     `json:"toolkit,omitempty"`
	Files   []File     `json:"files"` // sorted by name
	Safe    *SafeMode  `json:"safe,omitempty"`
	Checked *CheckedAs `json:"checked,omitempty"`
}

// File is one file of a bundle. Sizes are bytes.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Gzip   int64  `json:"gzip,omitempty"` // of NAME.gz; 0: there is none
	Brotli int64  `json:"brotli,omitempty"`
	SHA256 string `json:"sha256"` // in hexadecimal
	SRI    string `json:"sri"`    // sha384-…, for integrity="…"
}

// Make builds the program and writes the folder. It fails with a *BuildError where the
// compiler refuses, a *FolderError where the folder cannot be taken, and an *IconError.
// The folder is as it was where it fails before all files are made.
func Make(ctx context.Context, o Options) (*Result, error) {
	stage := func(key string) {
		if o.Progress != nil {
			o.Progress(key)
		}
	}
	icon, err := readIcon(o.Icon)
	if err != nil {
		return nil, err
	}
	folder, err := openFolder(o.Output, o.Force)
	if err != nil {
		return nil, err
	}
	defer folder.discard()
	stage("bundle.stage.look")
	p, err := look(ctx, &o)
	if err != nil {
		return nil, err
	}
	var safe *SafeMode
	if o.Safe {
		if safe, err = p.safeMode(ctx, &o); err != nil {
			return nil, err
		}
	}
	stage("bundle.stage.build")
	module, err := p.build(ctx, &o, safe)
	if err != nil {
		return nil, err
	}
	m, err := wasmfile.Parse(module)
	if err != nil {
		return nil, err
	}
	image, _ := m.Image() // without it nothing is said of the pixel ratio
	if safe != nil {
		safe.page(image)
	}
	script, err := os.ReadFile(p.execJS)
	if err != nil {
		return nil, err
	}
	if err := fits(m, script, p.execJS); err != nil {
		return nil, err
	}
	title := o.Title
	if title == "" {
		title = p.name()
	}
	s := &site{title: title, icon: icon, program: p, safe: safe, module: module, script: script}
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	stage("bundle.stage.compress")
	all, err := compressAll(ctx, files, o.Best)
	if err != nil {
		return nil, err
	}
	stage("bundle.stage.write")
	res := &Result{Folder: o.Output, Package: p.ImportPath, Go: p.goVersion, Title: title, Toolkit: p.toolkit(), Safe: safe}
	for _, f := range files {
		out := File{Name: f.name, Bytes: int64(len(f.bytes)), SHA256: hex.EncodeToString(f.sum256()), SRI: f.sri()}
		for _, packed := range all {
			switch packed.name {
			case f.name + ".gz":
				out.Gzip = int64(len(packed.bytes))
			case f.name + ".br":
				out.Brotli = int64(len(packed.bytes))
			}
		}
		res.Files = append(res.Files, out)
	}
	slices.SortFunc(res.Files, func(a, b File) int { return compare(a.Name, b.Name) })
	return res, folder.write(append(files, all...))
}

// fits reports an error where the script does not provide what the module imports.
func fits(m *wasmfile.Module, script []byte, path string) error {
	p, err := wasmfile.ImportObject(script)
	if err != nil {
		return &ScriptError{Path: path}
	}
	for _, i := range m.Imports {
		if given, sure := p.Gives(i.Module, i.Name); !given && sure {
			return &ScriptError{Path: path, Import: i.Module + "." + i.Name}
		}
	}
	return nil
}

// ScriptError says that the toolchain's wasm_exec.js does not fit what it builds.
type ScriptError struct {
	Path   string
	Import string // that it does not provide; empty: it is no wasm_exec.js
}

func (e *ScriptError) Error() string {
	if e.Import == "" {
		return e.Path + ": no importObject"
	}
	return e.Path + " does not provide " + e.Import
}

// file is one file of the folder.
type file struct {
	name  string
	bytes []byte
}

func (f *file) sum384() [sha512.Size384]byte { return sha512.Sum384(f.bytes) }

// sri is the value of an integrity attribute.
func (f *file) sri() string {
	sum := f.sum384()
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

// short names the content in an address, so that no cache gives an older one.
func (f *file) short() string {
	sum := f.sum384()
	return hex.EncodeToString(sum[:6])
}

func (p *program) name() string {
	base := filepath.Base(filepath.FromSlash(p.ImportPath))
	if p.ImportPath == "command-line-arguments" {
		base = filepath.Base(p.Dir)
	}
	if versionPath.MatchString(base) { // example.com/app/v2
		base = filepath.Base(filepath.Dir(filepath.FromSlash(p.ImportPath)))
	}
	return base
}
