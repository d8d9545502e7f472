// Package module examines the file of a WebAssembly module without a browser: whether
// it is whole, what built it, whether the wasm_exec.js beside it fits, what is large in
// it and how small it could be.
//
// The file is untrusted and only read; package wasmfile bounds what is believed of it.
// Nothing of the module runs. Start at [Run].
package module

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Options says what to examine.
type Options struct {
	Path     string           // the module, perhaps compressed
	ExecJS   string           // the script to compare with; empty: the one beside the module
	Progress func(key string) // is told the stages, by their keys; may be nil
}

// Result is one examination.
type Result struct {
	Target evidence.Target
	File   evidence.WasmFile
	Probe  report.Probe
	Limits []report.Limit
}

// ErrTooLarge is returned for a file that no browser would take.
var ErrTooLarge = errors.New("the file is too large for a module")

// ExecJSError is returned where the script that was named cannot be used.
type ExecJSError struct {
	Path string
	Err  error // wasmfile.ErrNoImportObject: it is no wasm_exec.js
}

func (e *ExecJSError) Error() string { return fmt.Sprintf("%s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *ExecJSError) Unwrap() error { return e.Err }

// Run examines the file. The error is that of reading it, ErrTooLarge, an
// *ExecJSError, or that of ctx; a file that is no module is no error.
func Run(ctx context.Context, o Options) (*Result, error) {
	begun := time.Now()
	stage := func(key string) {
		if o.Progress != nil {
			o.Progress(key)
		}
	}
	stage("module.stage.read")
	res := &Result{Target: evidence.Target{Kind: evidence.KindWasm, Name: filepath.Base(o.Path), Exe: o.Path, Arch: "wasm"}}
	st, err := os.Stat(o.Path)
	if err != nil {
		return nil, err
	}
	if st.Size() > wasmfile.MaxSize {
		return nil, ErrTooLarge
	}
	raw, err := os.ReadFile(o.Path)
	if err != nil {
		return nil, err
	}
	f := &res.File
	f.InFile = int64(len(raw))
	b := raw
	if b, f.Packed, err = unpack(o.Path, raw); err != nil {
		if errors.Is(err, ErrTooLarge) {
			return nil, err
		}
		f.Break = &evidence.WasmBreak{Reason: string(wasmfile.Truncated), Offset: f.InFile, What: err.Error()}
		f.Size = f.InFile
		res.Probe = report.Probe{Name: "wasm", TookMS: milliseconds(begun)}
		return res, nil
	}
	f.Size = int64(len(b))
	m, err := wasmfile.Parse(b)
	if err == nil {
		stage("module.stage.code")
		f.Unchecked, err = m.CheckCode()
		if f.Unchecked > 0 {
			res.limit("module.limit.code", "module.limit.code.help", f.Unchecked, len(m.Bodies))
		}
	}
	if err != nil {
		f.Break = breakOf(err, b)
	}
	if m != nil {
		if err := res.examine(ctx, m, b, o, stage); err != nil {
			return nil, err
		}
	}
	res.Probe = report.Probe{Name: "wasm", TookMS: milliseconds(begun)}
	return res, nil
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

// examine tells what the module is made of, as far as it could be read.
func (res *Result) examine(ctx context.Context, m *wasmfile.Module, b []byte, o Options, stage func(string)) error {
	f := &res.File
	image, imageErr := m.Image()
	build := m.Build(image)
	f.Compiler = build.Compiler
	res.Target.Go = build.GoVersion
	if info := build.Info; info != nil {
		f.Package = info.Path
		res.Target.MainModule = info.Main.Path
		for _, s := range info.Settings {
			f.Settings = append(f.Settings, evidence.WasmSetting{Key: s.Key, Value: s.Value})
		}
		for _, d := range info.Deps {
			mod := evidence.Module{Path: d.Path, Version: d.Version}
			if d.Replace != nil {
				mod.Replaced = d.Replace.Version == ""
			}
			res.Target.Modules = append(res.Target.Modules, mod)
		}
	}
	res.Target.Stripped = m.Section(wasmfile.Custom, "name") == nil
	for _, i := range m.Imports {
		f.Imports = append(f.Imports, evidence.WasmImport{Module: i.Module, Name: i.Name, Kind: kindName(i.Kind)})
	}
	f.System = systemOf(m)
	for _, s := range m.Sections {
		f.Sections = append(f.Sections, evidence.WasmPart{Name: sectionName(&s), Bytes: s.Size})
	}
	if err := res.execJS(ctx, m, build, o); err != nil {
		return err
	}
	if f.Break != nil {
		return ctx.Err()
	}
	stage("module.stage.size")
	if f.Compiler != "" {
		if f.Packages, f.NamesFrom = packages(m, image); f.NamesFrom == "" {
			res.limit("module.limit.names", "module.limit.names.help")
		}
	}
	if f.Compiler == "go" {
		if imageErr != nil {
			res.limit("module.limit.image", "module.limit.image.help")
		} else {
			f.Embedded = embedded(image)
		}
	}
	stage("module.stage.compress")
	s, err := savings(ctx, m, b)
	if err != nil {
		return err
	}
	f.Savings = s
	return nil
}

// limit notes something that could not be done.
func (res *Result) limit(why, help string, args ...any) {
	res.Limits = append(res.Limits, report.Limit{Probe: "wasm", Why: text.T(why, args...), Help: text.T(help)})
}

func breakOf(err error, b []byte) *evidence.WasmBreak {
	var e *wasmfile.Error
	if !errors.As(err, &e) {
		return &evidence.WasmBreak{Reason: string(wasmfile.Damaged), What: err.Error()}
	}
	out := &evidence.WasmBreak{Reason: string(e.Reason), Offset: e.Offset, Section: e.Section, What: e.What}
	if e.Reason == wasmfile.NotWasm {
		out.Looks = looks(b)
	}
	return out
}

func sectionName(s *wasmfile.Section) string {
	if s.ID == wasmfile.Custom {
		return "custom " + s.Name
	}
	return s.Name
}

func kindName(k byte) string {
	return [...]string{wasmfile.KindFunc: "func", wasmfile.KindTable: "table", wasmfile.KindMemory: "memory", wasmfile.KindGlobal: "global", wasmfile.KindTag: "tag"}[k]
}

// systemOf tells what the module runs in, by what it imports.
func systemOf(m *wasmfile.Module) string {
	system := ""
	for _, i := range m.Imports {
		switch i.Module {
		case "gojs", "go": // "go" until Go 1.20
			return "js"
		case "wasi_snapshot_preview1":
			system = "wasip1"
		}
	}
	return system
}

// embedded sums up the files that the program embeds.
func embedded(image []byte) *evidence.WasmFiles {
	const most = 10
	out := &evidence.WasmFiles{}
	for _, file := range wasmfile.Embedded(image) {
		out.Count++
		out.Bytes += int64(len(file.Data))
		out.Largest = append(out.Largest, evidence.WasmPart{Name: file.Name, Bytes: int64(len(file.Data))})
	}
	sortParts(out.Largest)
	out.Largest = out.Largest[:min(most, len(out.Largest))]
	return out
}
