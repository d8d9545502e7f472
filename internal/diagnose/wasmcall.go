package diagnose

import (
	"cmp"
	"encoding/hex"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// call is about a module that arrived and that WebAssembly refuses.
func (c *pageCase) call(call *evidence.WasmCall, url string) (report.Finding, bool) {
	q := c.requestOf(url)
	n := name(url)
	if url == "" {
		n = "WebAssembly." + call.Op
	}
	said := text.T("why.page.said", call.Name, call.Error)
	if c.p.Browser == "" {
		said = text.T("why.page.checked", call.Error)
	}
	says := func(parts ...string) bool {
		for _, s := range parts {
			if strings.Contains(call.Error, s) {
				return true
			}
		}
		return false
	}
	head, _ := hex.DecodeString(call.Head)
	if len(head) == 0 && q != nil {
		head, _ = hex.DecodeString(q.Head)
	}
	var f report.Finding
	switch {
	case says("Content Security Policy", "disallowed by embedder", "unsafe-eval"):
		f = pageFinding("wasm/csp", report.P0, 0.99, text.T("finding.wasm/csp.title.eval"))
		remedy(&f, "eval")
	case says("HTTP status code is not ok"):
		status := 0
		if q != nil {
			status = q.Status
		}
		f = pageFinding("wasm/http", report.P0, 0.98, text.T("finding.wasm/http.title.status", n, status))
		remedy(&f, statusClass(status), n)
	case says("MIME type") && len(head) >= 4 && string(head[:4]) != "\x00asm":
		return c.notWasm(n, head, said), true
	case says("MIME type"):
		mime := ""
		if q != nil {
			mime = q.MIME
		}
		if strings.Contains(mime, "html") && len(head) == 0 {
			return c.notWasm(n, []byte("<htm"), said), true
		}
		f = pageFinding("wasm/mime", report.P0, 0.99, text.T("finding.wasm/mime.title", n, cmp.Or(mime, "?")))
		remedy(&f, "page")
	case says("is empty") || call.Head == "" && call.Size == 0 && says("BufferSource"),
		says("found", "expected magic") && strings.Contains(call.Error, "fell off end"),
		says("extends past end", "fell off end", "reached end", "unexpected end", "past the end", "remaining bytes"):
		f = pageFinding("wasm/truncated", report.P0, 0.97, text.T("finding.wasm/truncated.title.page", n))
		remedy(&f, "page")
	case says("expected magic word", "expected version"):
		if found := foundBytes(call.Error); len(head) == 0 {
			head = found
		}
		return c.notWasm(n, head, said), true
	case call.Name == "LinkError" || says("Import #", "Imports argument"):
		return c.imports(call, n, said), true
	case call.Name == "CompileError":
		f = pageFinding("wasm/not-wasm", report.P0, 0.95, text.T("finding.wasm/not-wasm.title.page-damaged", n))
		remedy(&f, "page-damaged")
	case says("Failed to fetch", "network error", "aborted"):
		if is := c.kept(q); is != nil {
			f = c.csp(name(is.URL), is)
			break
		}
		if q == nil {
			return report.Finding{}, false
		}
		f = c.broken(q, n)
	case call.Name == "RangeError" || says("Out of memory", "could not allocate"):
		f = pageFinding("wasm/memory-growth", report.P0, 0.9, text.T("finding.wasm/memory-growth.title.start", n))
		remedy(&f, "start")
	case call.Name == "TypeError":
		f = pageFinding("wasm/not-wasm", report.P0, 0.8, text.T("finding.wasm/not-wasm.title.page-value", call.Op))
		remedy(&f, "page-value")
	default:
		return report.Finding{}, false
	}
	f.Why = append(f.Why, said)
	if q != nil {
		f.Why = append(f.Why, text.T("why.page.served", q.Status, cmp.Or(q.MIME, "?"), cmp.Or(q.Encoding, "-"), text.Bytes(q.Decoded)))
	}
	return f, true
}

// kept is what a policy kept the page from asking for, where that may be a module.
func (c *pageCase) kept(q *evidence.PageRequest) *evidence.PageIssue {
	for i := range c.p.Issues {
		if is := &c.p.Issues[i]; is.Kind == "csp" && is.URL != "" && (q == nil || q.URL == is.URL || q.Status == 0) {
			return is
		}
	}
	return nil
}

// foundBytes are those in "expected magic word 00 61 73 6d, found 1f 8b 08 00 @+0".
func foundBytes(message string) []byte {
	_, rest, ok := strings.Cut(message, "found ")
	if !ok {
		return nil
	}
	rest, _, _ = strings.Cut(rest, " @")
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(rest), " ", ""))
	if err != nil {
		return nil
	}
	return b
}

// notWasm says what came instead of a module, by its first bytes.
func (c *pageCase) notWasm(n string, head []byte, said text.Text) report.Finding {
	kind := "page-other"
	trimmed := strings.TrimLeft(string(head), " \t\r\n\ufeff")
	switch {
	case len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b:
		kind = "page-gzip"
	case strings.HasPrefix(trimmed, "<"):
		kind = "page-html"
	case strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "["):
		kind = "page-json"
	case len(head) >= 4 && string(head[:4]) == "vers":
		kind = "page-lfs"
	case len(head) >= 4 && string(head[:4]) == "\x7fELF":
		kind = "page-elf"
	}
	f := pageFinding("wasm/not-wasm", report.P0, 0.98, text.T("finding.wasm/not-wasm.title."+kind, n))
	f.Why = append(f.Why, said, text.T("why.page.head", hexWords(head)))
	remedy(&f, kind, n)
	return f
}

func hexWords(b []byte) string {
	var out []string
	for _, c := range b[:min(len(b), 8)] {
		out = append(out, hex.EncodeToString([]byte{c}))
	}
	return cmp.Or(strings.Join(out, " "), "-")
}

// imports: the page does not give the module what it imports.
func (c *pageCase) imports(call *evidence.WasmCall, n string, said text.Text) report.Finding {
	module := quoted(call.Error)
	variant := "page-other"
	offers := func(m string) bool {
		for _, o := range call.Offers {
			if o == m {
				return true
			}
		}
		return false
	}
	switch {
	case module == "gojs" && offers("go"):
		variant = "page-old"
	case module == "go" && offers("gojs"):
		variant = "page-new"
	case module == "gojs" || module == "go":
		variant = "page-go"
	case strings.HasPrefix(module, "wasi_"):
		variant = "page-wasi"
	case module == "":
		variant = "page-none"
	}
	f := pageFinding("wasm/exec-js-mismatch", report.P0, 0.97, text.T("finding.wasm/exec-js-mismatch.title."+variant, n, module))
	f.Why = append(f.Why, said)
	if len(call.Offers) > 0 {
		f.Why = append(f.Why, text.T("why.page.offers", strings.Join(call.Offers, ", ")))
	}
	remedy(&f, variant, module)
	return f
}

// quoted is the first word in quotes of the browser's message about an import.
func quoted(message string) string {
	_, rest, ok := strings.Cut(message, `"`)
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(rest, `"`)
	return word
}

// neverCalled: nothing was even compiled.
func (c *pageCase) neverCalled() (report.Finding, bool) {
	if len(c.p.Calls) > 0 {
		return report.Finding{}, false
	}
	for i := range c.p.Issues {
		if is := &c.p.Issues[i]; is.Kind == "csp" {
			f := pageFinding("wasm/csp", report.P0, 0.9, text.T("finding.wasm/csp.title.script"))
			if is.URL != "" {
				f.Title = text.T("finding.wasm/csp.title.load", name(is.URL))
			}
			f.Why = append(f.Why, text.T("why.page.csp", is.Directive))
			remedy(&f, "load", is.Directive)
			return f, true
		}
	}
	for _, e := range c.p.Errors {
		if e.From == "exception" && strings.Contains(e.Text, "Go is not defined") {
			f := pageFinding("wasm/exec-js-mismatch", report.P0, 0.95, text.T("finding.wasm/exec-js-mismatch.title.page-absent"))
			f.Why = append(f.Why, text.T("why.page.exception", firstLine(e.Text), place1(e)))
			remedy(&f, "page-absent")
			return f, true
		}
	}
	return report.Finding{}, false
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func place1(e evidence.PageError) string {
	if e.URL == "" {
		return "?"
	}
	return name(e.URL) + ":" + itoa(e.Line)
}
