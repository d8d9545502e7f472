package diagnose

import (
	"fmt"
	"path/filepath"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// WasmFile finds why the file of a module will not start in a page.
func WasmFile(ev *evidence.Evidence) []report.Finding {
	w := ev.WasmFile
	if w == nil {
		return nil
	}
	var out []report.Finding
	if w.Break != nil {
		out = append(out, brokenModule(ev.Target.Name, w))
	}
	if f, ok := packedModule(ev.Target.Name, w); ok {
		out = append(out, f)
	}
	return append(out, execJSFindings(ev.Target.Go, w)...)
}

func wasmFinding(id string, severity report.Severity, confidence float64, title text.Text) report.Finding {
	return report.Finding{ID: id, Severity: severity, Confidence: confidence, Title: title, Evidence: []string{"wasm"}}
}

// brokenModule: no browser takes the file.
func brokenModule(name string, w *evidence.WasmFile) report.Finding {
	b := w.Break
	at := fmt.Sprintf("%d (%#x)", b.Offset, b.Offset)
	switch b.Reason {
	case "empty":
		f := wasmFinding("wasm/truncated", report.P0, 1, text.T("finding.wasm/truncated.title.file-empty", name))
		f.Why = []text.Text{text.T("why.wasm.empty")}
		f.Remedy = []text.Text{text.T("finding.wasm/truncated.now.file")}
		return f
	case "truncated":
		f := wasmFinding("wasm/truncated", report.P0, 0.99, text.T("finding.wasm/truncated.title.file", name, w.InFile))
		f.Why = []text.Text{text.T("why.wasm.break", at, sectionOf(b), b.What)}
		f.Remedy = []text.Text{text.T("finding.wasm/truncated.now.file"), text.T("finding.wasm/truncated.change.file")}
		return f
	}
	key := "damaged"
	switch b.Reason {
	case "not-wasm":
		key = "other"
		switch b.Looks {
		case "html", "gzip", "elf", "lfs", "text":
			key = b.Looks
		}
	case "version", "component", "too-large":
		key = b.Reason
	}
	f := wasmFinding("wasm/not-wasm", report.P0, 0.99, text.T("finding.wasm/not-wasm.title.file-"+key, name, at))
	f.Why = []text.Text{text.T("why.wasm.break", at, sectionOf(b), b.What)}
	f.Remedy = []text.Text{text.T("finding.wasm/not-wasm.now.file-" + key)}
	return f
}

func sectionOf(b *evidence.WasmBreak) text.Text {
	if b.Section == "" {
		return text.T("wasmfile.no-section")
	}
	return text.Literal(b.Section)
}

// packedModule: a name that says module, and bytes that are compressed. A server must
// say so in a header, or the browser will not take it.
func packedModule(name string, w *evidence.WasmFile) (report.Finding, bool) {
	if w.Packed == "" || w.Break != nil || filepath.Ext(name) != ".wasm" {
		return report.Finding{}, false
	}
	f := wasmFinding("wasm/not-wasm", report.Info, 0.9, text.T("finding.wasm/not-wasm.title.packed", name, w.Packed))
	f.Why = []text.Text{text.T("why.wasm.packed", w.Packed)}
	f.Remedy = []text.Text{text.T("finding.wasm/not-wasm.change.packed", w.Packed, headerOf(w.Packed))}
	return f, true
}

// headerOf is the value of Content-Encoding.
func headerOf(packed string) string {
	if packed == "brotli" {
		return "br"
	}
	return packed
}

// execJSFindings: the script does not provide what the module imports, or is another's.
func execJSFindings(version string, w *evidence.WasmFile) []report.Finding {
	e := w.ExecJS
	if e == nil {
		return nil
	}
	script := filepath.Base(e.Path)
	if n := len(e.Missing); n > 0 {
		f := wasmFinding("wasm/exec-js-mismatch", report.P0, 0.98, text.Plural("finding.wasm/exec-js-mismatch.title.file", n, script, e.Missing[0].Module+"."+e.Missing[0].Name))
		var names []string
		for _, i := range e.Missing {
			names = append(names, i.Module+"."+i.Name)
		}
		f.Why = []text.Text{text.Plural("why.wasm.imports", n, script, someNames(names))}
		if len(e.Modules) > 0 {
			f.Why = append(f.Why, text.T("why.wasm.provides", script, someNames(e.Modules)))
		}
		f.Remedy = []text.Text{scriptRemedy(version, w)}
		f.Remedy = append(f.Remedy, text.T("finding.wasm/exec-js-mismatch.change.file"))
		return []report.Finding{f}
	}
	if e.Toolchain == "" || e.Same {
		return nil
	}
	f := wasmFinding("wasm/exec-js-mismatch", report.Info, 0.6, text.T("finding.wasm/exec-js-mismatch.title.edited", script, version))
	f.Why = []text.Text{text.T("why.wasm.edited", script, e.Toolchain)}
	f.Remedy = []text.Text{scriptRemedy(version, w)}
	return []report.Finding{f}
}

// scriptRemedy says where the right script comes from.
func scriptRemedy(version string, w *evidence.WasmFile) text.Text {
	switch {
	case w.Compiler == "tinygo":
		return text.T("finding.wasm/exec-js-mismatch.now.tinygo")
	case w.Compiler != "go":
		return text.T("finding.wasm/exec-js-mismatch.now.unknown")
	case version == "":
		return text.T("finding.wasm/exec-js-mismatch.now.go")
	case w.ExecJS.Toolchain != "":
		return text.T("finding.wasm/exec-js-mismatch.now.copy", w.ExecJS.Toolchain)
	}
	return text.T("finding.wasm/exec-js-mismatch.now.version", bareVersion(version))
}
