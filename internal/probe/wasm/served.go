package wasm

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Bounds of what is asked of a server where there is no browser.
const (
	maxPart     = 4 << 20 // bytes of a page or a script
	maxScripts  = 12
	maxModules  = 4
	patience    = 20 * time.Second // for one answer
	patienceAll = 60 * time.Second
)

// Served checks a page without a browser: that the server gives the page, the
// scripts that it names, wasm_exec.js and the modules named in any of them, with
// the right headers and whole. Whether they run is not known then. The error is a
// *NavigationError where there is no page.
func Served(ctx context.Context, o WatchOptions) (*Result, error) {
	ctx, cancel := context.WithTimeout(ctx, patienceAll)
	defer cancel()
	if o.Progress != nil {
		o.Progress("cli.progress.wasm.served", 0, 0)
	}
	s := &served{o: &o.Options, began: time.Now(), seen: map[string]bool{}}
	s.res.Page = evidence.Page{URL: clip(withoutUser(o.URL))}
	s.res.Target = evidence.Target{Kind: evidence.KindPage, Arch: "wasm", Name: clip(withoutUser(o.URL))}
	html, q, err := s.get(ctx, withoutUser(o.URL), evidence.RolePage, maxPart)
	if err != nil {
		return nil, &NavigationError{withoutUser(o.URL), reason(err)}
	}
	s.res.Page.Final = q.URL
	if q.Status < 400 {
		s.parts(ctx, q.URL, string(html))
	}
	s.res.Page.Took = time.Since(s.began)
	s.res.Probes = []report.Probe{{Name: "page", TookMS: float64(s.res.Page.Took.Microseconds()) / 1000}}
	return &s.res, nil
}

type served struct {
	o       *Options
	began   time.Time
	seen    map[string]bool
	scripts int
	modules int
	streams bool // something is compiled while it arrives
	res     Result
}

func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

var (
	scriptSource = regexp.MustCompile(`(?i)<script[^>]+src\s*=\s*["']?([^"'\s>]+)`)
	moduleSource = regexp.MustCompile("[\"'`]([^\"'`\\s<>$]{1,300}\\.wasm(?:\\.(?:gz|br))?(?:\\?[^\"'`\\s]*)?)[\"'`]")
	base         = regexp.MustCompile(`(?i)<base[^>]+href\s*=\s*["']?([^"'\s>]+)`)
)

// parts asks for what a page names.
func (s *served) parts(ctx context.Context, page, html string) {
	from := page
	if m := base.FindStringSubmatch(html); m != nil {
		from = join(page, m[1])
	}
	texts := []string{html}
	for _, m := range scriptSource.FindAllStringSubmatch(html, -1) {
		at := join(from, m[1])
		if at == "" || s.seen[at] || s.scripts >= maxScripts {
			continue
		}
		s.seen[at] = true
		s.scripts++
		b, q, err := s.get(ctx, at, "", maxPart)
		if err == nil && q.Status < 400 && q.Role != evidence.RoleExecJS {
			texts = append(texts, string(b))
		}
	}
	for _, t := range texts {
		s.streams = s.streams || strings.Contains(t, "instantiateStreaming") || strings.Contains(t, "compileStreaming")
	}
	for _, t := range texts {
		for _, m := range moduleSource.FindAllStringSubmatch(t, -1) {
			at := join(from, m[1])
			if at == "" || s.seen[at] || s.modules >= maxModules {
				continue
			}
			s.seen[at] = true
			s.modules++
			s.module(ctx, at)
		}
	}
}

func join(from, to string) string {
	f, err := url.Parse(from)
	if err != nil {
		return ""
	}
	t, err := f.Parse(to)
	if err != nil || t.Scheme != "http" && t.Scheme != "https" {
		return ""
	}
	return t.String()
}

// get asks for one thing, at most so many bytes, and keeps what was answered.
func (s *served) get(ctx context.Context, address, role string, most int64) ([]byte, *evidence.PageRequest, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q := evidence.PageRequest{URL: clip(address), Role: role, At: time.Since(s.began), Declared: -1}
	defer func() {
		if q.Role == "" {
			q.Role = roleOf(&q)
		}
		s.res.Page.Requests = append(s.res.Page.Requests, q)
	}()
	resp, err := get(ctx, s.o, address)
	if err != nil {
		q.Error, q.End = clip(reason(err)), time.Since(s.began)
		return nil, &q, err
	}
	defer resp.Body.Close()
	q.URL = clip(withoutUser(resp.Request.URL.String()))
	headers := map[string]string{}
	for name := range resp.Header {
		headers[name] = resp.Header.Get(name)
	}
	(&response{Status: resp.StatusCode, Headers: headers}).into(&q)
	b, err := io.ReadAll(io.LimitReader(resp.Body, most))
	q.Received = int64(len(b))
	if err == nil && q.Encoding == "gzip" {
		if b, err = gunzip(b, most); err != nil {
			q.Error = "net::ERR_CONTENT_DECODING_FAILED"
		}
	}
	q.Decoded = int64(len(b))
	q.Head = hex.EncodeToString(b[:min(len(b), 16)])
	switch {
	case err == nil && int64(len(b)) < most:
		q.End = time.Since(s.began)
	case errors.Is(err, io.ErrUnexpectedEOF) && q.Error == "":
		q.Error, q.End = "net::ERR_CONTENT_LENGTH_MISMATCH", time.Since(s.began)
	case err != nil && !errors.Is(err, context.DeadlineExceeded) && q.Error == "":
		q.Error, q.End = clip(reason(err)), time.Since(s.began)
	}
	return b, &q, nil
}

func gunzip(b []byte, most int64) ([]byte, error) {
	r, err := gzip.NewReader(strings.NewReader(string(b)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, most))
}

// module asks for a module and looks whether it is one, and whole.
func (s *served) module(ctx context.Context, address string) {
	b, q, err := s.get(ctx, address, evidence.RoleModule, maxModule)
	if err != nil || q.Status >= 400 || q.Error != "" || q.End == 0 || q.Encoding != "" && q.Encoding != "gzip" {
		return
	}
	call := evidence.WasmCall{ID: s.modules, Op: "instantiate", URL: q.URL, At: q.End, End: q.End, Size: int64(len(b)), Head: q.Head}
	m, err := wasmfile.Parse(b)
	switch {
	case s.streams && q.MIME != "application/wasm":
		call.Failed, call.Name, call.Error = true, "TypeError", fmt.Sprintf("incorrect MIME type %q, expected 'application/wasm'", q.MIME)
	case len(b) == 0:
		call.Failed, call.Name, call.Error = true, "CompileError", "it is empty"
	case err != nil:
		call.Failed, call.Name, call.Error = true, "CompileError", clip(err.Error())
		if string(b[:min(len(b), 4)]) != "\x00asm" {
			call.Error = "expected magic word 00 61 73 6d: " + call.Error
		} else if truncated(err) {
			call.Error = "fell off end: " + call.Error
		}
	default:
		s.recognise(m)
	}
	s.res.Page.Calls = append(s.res.Page.Calls, call)
}

func truncated(err error) bool {
	return slices.ContainsFunc([]string{"end", "truncated", "cut", "short", "EOF"}, func(s string) bool {
		return strings.Contains(err.Error(), s)
	})
}

// recognise learns the Go version of a module.
func (s *served) recognise(m *wasmfile.Module) {
	image, err := m.Image()
	if err != nil {
		return
	}
	if p, err := gort.OpenWasm(image); err == nil {
		s.res.Target.Go = p.GoVersion
	}
}

// NoBrowser is the limit of a page that was checked without one.
func NoBrowser(err error) report.Limit {
	return report.Limit{Probe: "page", Why: text.T("limit.wasm.browser", err.Error()), Help: text.T("limit.wasm.browser.help")}
}
