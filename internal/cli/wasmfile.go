package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
	"github.com/gomedic/gomedic/internal/probe/module"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// moduleFlags are the flags of gomedic wasm that concern a module's file.
type moduleFlags struct{ execJS string }

func (f *moduleFlags) flags(a *app, c *cobra.Command) {
	c.Flags().StringVar(&f.execJS, "exec-js", "", a.say("cli.wasm.flag.exec-js"))
}

// wasmFile examines a module's file without a browser.
func (a *app) wasmFile(cmd *cobra.Command, path string, f *moduleFlags) error {
	p := a.progress(filepath.Base(path))
	defer p.done()
	o := module.Options{Path: path, ExecJS: f.execJS, Progress: func(key string) { p.stage(key, 0, 0) }}
	res, err := module.Run(cmd.Context(), o)
	p.done()
	var script *module.ExecJSError
	switch {
	case errors.Is(err, module.ErrTooLarge):
		return report.Fail(err, text.T("error.wasm-large", path), text.T("hint.wasm-large"))
	case errors.As(err, &script) && errors.Is(err, wasmfile.ErrNoImportObject):
		return report.Fail(err, text.T("error.exec-js", script.Path), text.T("hint.exec-js"))
	case errors.As(err, &script):
		return report.Fail(err, text.T("error.exec-js-read", script.Path, script.Err.Error()), text.T("hint.exec-js"))
	case err != nil:
		return err
	}
	if b := res.File.Break; b != nil && b.Reason == string(wasmfile.NotWasm) && !calledModule(path) {
		return report.Fail(nil, text.T("error.wasm-file", path), text.T("hint.wasm-arguments"))
	}
	ev := &evidence.Evidence{Target: res.Target, WasmFile: &res.File}
	return a.show(ev, judge(ev, []report.Probe{res.Probe}, res.Limits))
}

// calledModule reports whether a file's name says that it is a module.
func calledModule(path string) bool {
	name := strings.ToLower(filepath.Base(path))
	for _, packed := range []string{".gz", ".br"} {
		name = strings.TrimSuffix(name, packed)
	}
	return slices.Contains([]string{".wasm", ".wat"}, filepath.Ext(name))
}
