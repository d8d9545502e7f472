package diagnose

import (
	"cmp"
	"path"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The rules about a page ask first whether its parts arrive, in the order in which
// they are needed: the page, wasm_exec.js, the module, its compilation, its
// imports. The first that fails is the finding. What failed and was then made good
// by the page itself (another copy, another way to compile) is worth knowing only.

// Pages finds why a Go WebAssembly page does not run, or what goes wrong when it
// does.
func Pages(ev *evidence.Evidence) []report.Finding {
	p := ev.Page
	if p == nil {
		return nil
	}
	c := &pageCase{p: p, t: &ev.Target}
	out := c.loading()
	return append(out, c.running()...)
}

type pageCase struct {
	p *evidence.Page
	t *evidence.Target
}

// pageFinding begins a finding.
func pageFinding(id string, severity report.Severity, confidence float64, title text.Text) report.Finding {
	return report.Finding{ID: id, Severity: severity, Confidence: confidence, Title: title, Why: []text.Text{}, Evidence: []string{"page"}}
}

// remedy adds what to do now and what to change, where there are sentences.
func remedy(f *report.Finding, variant string, args ...any) {
	for _, part := range []string{".now.", ".change."} {
		if key := "finding." + f.ID + part + variant; has(key) {
			f.Remedy = append(f.Remedy, text.T(key, args...))
		}
	}
}

// loading is about the parts of the page until a program runs.
func (c *pageCase) loading() []report.Finding {
	if f, ok := c.document(); ok {
		return []report.Finding{f}
	}
	var out []report.Finding
	seen := map[string]bool{}
	add := func(f report.Finding, at time.Duration, name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if c.madeGood(at, name) {
			f.Severity, f.Confidence = report.Info, min(f.Confidence, 0.9)
			f.Why = append(f.Why, text.T("why.page.made-good"))
		}
		out = append(out, f)
	}
	for i := range c.p.Requests {
		q := &c.p.Requests[i]
		if q.Role != evidence.RoleModule && q.Role != evidence.RoleExecJS {
			continue
		}
		if f, ok := c.request(q); ok {
			add(f, q.End, stem(q.URL))
		}
	}
	for i := range c.p.Calls {
		call := &c.p.Calls[i]
		if !call.Failed {
			continue
		}
		url := c.urlOf(call)
		if f, ok := c.call(call, url); ok {
			add(f, call.End, stem(url))
		}
	}
	if len(out) > 0 || len(c.p.Programs) > 0 {
		return out
	}
	if f, ok := c.neverCalled(); ok {
		return []report.Finding{f}
	}
	return nil
}

// name is the last part of a URL, by which people know a file.
func name(url string) string {
	if strings.HasPrefix(url, "data:") {
		return "data:"
	}
	base, _, _ := strings.Cut(url, "?")
	base, _, _ = strings.Cut(base, "#")
	return cmp.Or(path.Base(base), url)
}

// stem is a file's name without what compression or a version adds.
func stem(url string) string {
	s, _, _ := strings.Cut(name(url), ".")
	return s
}

// madeGood reports whether a program of that name, or the same script, began to be
// loaded after a failure, and runs.
func (c *pageCase) madeGood(at time.Duration, of string) bool {
	for i := range c.p.Programs {
		p := &c.p.Programs[i]
		for j := range c.p.Calls {
			call := &c.p.Calls[j]
			if call.ID != p.Call || call.Realm != p.Realm {
				continue
			}
			if strings.HasPrefix(of, "wasm_exec") || strings.HasPrefix(of, "wasm-exec") {
				return true // the program has what it imports
			}
			if s := stem(c.urlOf(call)); call.At+50*time.Millisecond >= at && (s == of || s == "" || of == "") {
				return true
			}
		}
	}
	return false
}

// urlOf is where the bytes of a call come from: what it streams, else the module
// that had arrived last by then.
func (c *pageCase) urlOf(call *evidence.WasmCall) string {
	if call.URL != "" {
		return call.URL
	}
	if call.Of != 0 {
		for i := range c.p.Calls {
			if o := &c.p.Calls[i]; o.ID == call.Of && o.Realm == call.Realm && o != call {
				return c.urlOf(o)
			}
		}
	}
	var best *evidence.PageRequest
	for i := range c.p.Requests {
		q := &c.p.Requests[i]
		if q.Role != evidence.RoleModule && q.Kind != "Fetch" && q.Kind != "XHR" || q.At > call.At {
			continue
		}
		switch {
		case best == nil,
			call.Size > 0 && q.Decoded == call.Size && best.Decoded != call.Size,
			q.Role == evidence.RoleModule && best.Role != evidence.RoleModule,
			q.Role == best.Role && q.At > best.At && best.Decoded != call.Size:
			best = q
		}
	}
	if best == nil {
		return ""
	}
	return best.URL
}

func (c *pageCase) requestOf(url string) *evidence.PageRequest {
	var found *evidence.PageRequest
	for i := range c.p.Requests {
		if q := &c.p.Requests[i]; q.URL == url && url != "" {
			found = q
		}
	}
	return found
}

// document is about the page itself.
func (c *pageCase) document() (report.Finding, bool) {
	for i := range c.p.Requests {
		q := &c.p.Requests[i]
		if q.Role == evidence.RolePage && q.Status >= 400 && len(c.p.Programs) == 0 {
			f := pageFinding("wasm/http", report.P0, 0.99, text.T("finding.wasm/http.title.page", name(q.URL), q.Status))
			f.Why = append(f.Why, text.T("why.page.status", q.URL, q.Status))
			remedy(&f, statusClass(q.Status), name(q.URL))
			return f, true
		}
	}
	return report.Finding{}, false
}

func statusClass(status int) string {
	switch {
	case status == 401 || status == 403:
		return "forbidden"
	case status == 404 || status == 410:
		return "missing"
	}
	return "server"
}

// request is about the arrival of wasm_exec.js or of a module.
func (c *pageCase) request(q *evidence.PageRequest) (report.Finding, bool) {
	n := name(q.URL)
	switch {
	case strings.Contains(q.Blocked, "csp") || c.issue("csp", q.URL) != nil && q.Status == 0:
		return c.csp(n, c.issue("csp", q.URL)), true
	case c.integrity(q.URL):
		f := pageFinding("wasm/integrity", report.P0, 0.99, text.T("finding.wasm/integrity.title", n))
		f.Why = append(f.Why, text.T("why.page.integrity", c.integrityText(q.URL)))
		remedy(&f, "page", n)
		return f, true
	case q.Blocked == "mixed-content" || c.issue("mixed-content", q.URL) != nil:
		f := pageFinding("wasm/blocked", report.P0, 0.99, text.T("finding.wasm/blocked.title.mixed", n))
		f.Why = append(f.Why, text.T("why.page.mixed", q.URL))
		remedy(&f, "mixed")
		return f, true
	case strings.HasPrefix(q.Blocked, "cors") || c.issue("cors", q.URL) != nil && q.Error != "":
		f := pageFinding("wasm/blocked", report.P0, 0.99, text.T("finding.wasm/blocked.title.cors", n))
		reason := q.Blocked
		if i := c.issue("cors", q.URL); i != nil && reason == "" {
			reason = i.Directive
		}
		f.Why = append(f.Why, text.T("why.page.blocked", q.URL, reason))
		remedy(&f, "cors", q.URL)
		return f, true
	case q.Blocked != "" || c.issue("response", q.URL) != nil && q.Error != "":
		f := pageFinding("wasm/blocked", report.P0, 0.97, text.T("finding.wasm/blocked.title.policy", n))
		reason := q.Blocked
		if i := c.issue("response", q.URL); i != nil {
			reason = cmp.Or(i.Directive, reason)
		}
		f.Why = append(f.Why, text.T("why.page.blocked", q.URL, reason))
		remedy(&f, "policy")
		return f, true
	case q.Status >= 400:
		f := pageFinding("wasm/http", report.P0, 0.99, text.T("finding.wasm/http.title.status", n, q.Status))
		f.Why = append(f.Why, text.T("why.page.status", q.URL, q.Status))
		remedy(&f, statusClass(q.Status), n)
		return f, true
	case q.Error != "" && q.Error != "net::ERR_ABORTED":
		return c.broken(q, n), true
	case q.End == 0 && q.Role == evidence.RoleModule && !c.p.Attached && c.p.FirstRun() == 0 && !c.p.Idle:
		f := pageFinding("wasm/http", report.P0, 0.8, text.T("finding.wasm/http.title.slow", n, text.Duration(c.p.Took-q.At)))
		f.Why = append(f.Why, text.T("why.page.received", text.Bytes(max(q.Received, q.Decoded)), declared(q)))
		remedy(&f, "slow")
		return f, true
	case q.Role == evidence.RoleExecJS && q.Status == 200 && c.notScript(q):
		f := pageFinding("wasm/http", report.P0, 0.95, text.T("finding.wasm/http.title.script", n, cmp.Or(q.MIME, "?")))
		f.Why = append(f.Why, text.T("why.page.mime", q.URL, cmp.Or(q.MIME, "?")))
		remedy(&f, "missing", n)
		return f, true
	}
	return report.Finding{}, false
}

func declared(q *evidence.PageRequest) text.Text {
	if q.Declared < 0 {
		return text.T("why.page.undeclared")
	}
	return text.Literal(text.Bytes(q.Declared))
}

// notScript: something else came as wasm_exec.js, a page for unknown addresses.
func (c *pageCase) notScript(q *evidence.PageRequest) bool {
	if len(c.p.Programs) > 0 || strings.Contains(q.MIME, "javascript") || strings.Contains(q.MIME, "ecmascript") {
		return false
	}
	for _, e := range c.p.Errors {
		if (e.URL == q.URL || strings.Contains(e.Text, q.URL)) && (strings.Contains(e.Text, "SyntaxError") || strings.Contains(e.Text, "MIME type")) {
			return true
		}
	}
	return false
}

// broken is a request that the network, or the server's headers, ended.
func (c *pageCase) broken(q *evidence.PageRequest, n string) report.Finding {
	for _, cut := range []string{"CONTENT_LENGTH_MISMATCH", "INCOMPLETE_CHUNKED", "HTTP2_PROTOCOL", "QUIC_PROTOCOL", "CONNECTION_RESET", "CONNECTION_CLOSED", "INCOMPLETE"} {
		if q.Status == 200 && strings.Contains(q.Error, cut) {
			f := pageFinding("wasm/truncated", report.P0, 0.99, text.T("finding.wasm/truncated.title.page", n))
			f.Why = append(f.Why, text.T("why.page.error", q.URL, q.Error), text.T("why.page.received", text.Bytes(max(q.Received, q.Decoded)), declared(q)))
			remedy(&f, "page")
			return f
		}
	}
	if strings.Contains(q.Error, "CONTENT_DECODING") {
		f := pageFinding("wasm/http", report.P0, 0.98, text.T("finding.wasm/http.title.encoding", n, q.Encoding))
		f.Why = append(f.Why, text.T("why.page.error", q.URL, q.Error))
		remedy(&f, "encoding", q.Encoding)
		return f
	}
	f := pageFinding("wasm/http", report.P0, 0.97, text.T("finding.wasm/http.title.network", n))
	f.Why = append(f.Why, text.T("why.page.error", q.URL, q.Error))
	remedy(&f, "server", n)
	return f
}

// issue is what the browser said of a URL, nil if nothing.
func (c *pageCase) issue(kind, url string) *evidence.PageIssue {
	for i := range c.p.Issues {
		if is := &c.p.Issues[i]; is.Kind == kind && is.URL == url && url != "" {
			return is
		}
	}
	return nil
}

func (c *pageCase) csp(n string, issue *evidence.PageIssue) report.Finding {
	directive := ""
	if issue != nil {
		directive = issue.Directive
	}
	f := pageFinding("wasm/csp", report.P0, 0.99, text.T("finding.wasm/csp.title.load", n))
	f.Why = append(f.Why, text.T("why.page.csp", cmp.Or(directive, "?")))
	remedy(&f, "load", cmp.Or(directive, "connect-src"))
	return f
}

// integrity: the browser computed another hash than the page asks for. It says so
// in words only.
func (c *pageCase) integrity(url string) bool { return c.integrityText(url) != "" }

func (c *pageCase) integrityText(url string) string {
	for _, e := range c.p.Errors {
		if strings.Contains(e.Text, "integrity") && strings.Contains(e.Text, "digest") && strings.Contains(e.Text, url) {
			return e.Text
		}
	}
	return ""
}
