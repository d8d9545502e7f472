package wasmbundle

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"github.com/gomedic/gomedic/internal/gort/wasmfile"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/text"
)

// CheckedAs is what came of serving a bundle and opening its page.
type CheckedAs struct {
	Files    int       `json:"files"`             // that the server gave as they are
	Problems []Problem `json:"problems"`          // empty: all is well
	Browser  string    `json:"browser,omitempty"` // "Chrome/148.0.7778.167"; empty: none was found
	State    string    `json:"state,omitempty"`   // of the page at the end: "running", "exited", "failed:csp"
	TookMS   int64     `json:"took_ms,omitempty"` // from opening the page to that state
}

// Problem is something about a file of the bundle, or about the page.
type Problem struct {
	File string    `json:"file"`
	What text.Text `json:"what"`
}

// Patience is how long a page may take until its program runs.
const Patience = 60 * time.Second

// Check serves the folder by Go's own file server on the loopback interface, looks at
// what comes, and opens the page in a browser where there is one: browser is its path,
// or empty. The server and the browser are ended before it returns.
func Check(ctx context.Context, folder, browser string, progress func(key string)) (*CheckedAs, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(folder)), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(l) // returns when it is closed
	}()
	defer func() {
		server.Close()
		<-done
	}()
	c := &CheckedAs{Problems: []Problem{}}
	base := "http://" + l.Addr().String() + "/"
	if err := c.files(ctx, folder, base); err != nil {
		return nil, err
	}
	if progress != nil {
		progress("bundle.stage.browser")
	}
	return c, c.open(ctx, base, browser)
}

func (c *CheckedAs) problem(file, key string, args ...any) {
	c.Problems = append(c.Problems, Problem{file, text.T(key, args...)})
}

// files fetches all files of the bundle.
func (c *CheckedAs) files(ctx context.Context, folder, base string) error {
	b, err := os.ReadFile(filepath.Join(folder, listName))
	if err != nil {
		return err
	}
	var l list
	if err := json.Unmarshal(b, &l); err != nil || l.Format != listFormat {
		return fmt.Errorf("%s is not of a bundle", listName)
	}
	got := map[string][]byte{}
	for name := range l.Files {
		body, kind, err := fetch(ctx, base+name)
		if err != nil {
			return err
		}
		if hex.EncodeToString(sum256(body)) != l.Files[name] {
			c.problem(name, "bundle.problem.other")
			continue
		}
		got[name] = body
		c.Files++
		want := map[string]string{".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}[filepath.Ext(name)]
		if media, _, err := mime.ParseMediaType(kind); want != "" && (err != nil || media != want) {
			c.problem(name, "bundle.problem.mime", kind, want)
		}
	}
	for name, body := range got {
		whole, ok := unpacked(name, body)
		if ok && !bytes.Equal(whole, got[strings.TrimSuffix(name, filepath.Ext(name))]) {
			c.problem(name, "bundle.problem.packed")
		}
	}
	m, err := wasmfile.Parse(got[moduleName])
	if err != nil {
		c.problem(moduleName, "bundle.problem.module", err.Error())
		return nil
	}
	if err := fits(m, got[scriptName], scriptName); err != nil {
		c.problem(scriptName, "bundle.problem.script", err.Error())
	}
	return nil
}

func fetch(ctx context.Context, url string) (body []byte, kind string, err error) {
	if strings.HasSuffix(url, "/"+pageName) { // the file server sends on to the folder
		url = strings.TrimSuffix(url, pageName)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("%s: %s", url, res.Status)
	}
	body, err = io.ReadAll(res.Body)
	return body, res.Header.Get("Content-Type"), err
}

// unpacked returns what is in a compressed file; false where the name is of another.
func unpacked(name string, b []byte) ([]byte, bool) {
	var r io.Reader
	switch filepath.Ext(name) {
	case ".gz":
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, true
		}
		r = z
	case ".br":
		r = brotli.NewReader(bytes.NewReader(b))
	default:
		return nil, false
	}
	whole, err := io.ReadAll(r)
	if err != nil {
		return nil, true
	}
	return whole, true
}

// open opens the page and waits for the state that its loader tells.
func (c *CheckedAs) open(ctx context.Context, url, browser string) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	p, err := wasm.Open(ctx, wasm.Options{URL: url, Browser: browser})
	if errors.Is(err, wasm.ErrNoBrowser) {
		return nil // said by the empty Browser
	}
	if err != nil {
		return fmt.Errorf("open the page in a browser: %w", err)
	}
	defer p.Close()
	c.Browser = p.Product
	begun := time.Now()
	for {
		s, err := evaluate(ctx, p, "document.documentElement.dataset.gomedic || ''")
		if err == nil {
			c.State = s
		}
		if settled(c.State) || ctx.Err() != nil || gone(p) {
			break
		}
		select {
		case <-time.After(50 * time.Millisecond): // the page tells nobody
		case <-ctx.Done():
		}
	}
	c.TookMS = time.Since(begun).Milliseconds()
	switch {
	case c.State == "running":
	case strings.HasPrefix(c.State, "failed:"):
		details, _ := evaluate(ctx, p, "(document.querySelector('#gomedic pre') || {}).textContent || ''")
		c.problem(pageName, "bundle.problem.failed", strings.TrimPrefix(c.State, "failed:"), strings.TrimSpace(details))
	case c.State == "exited":
		c.problem(pageName, "bundle.problem.exited")
	default:
		c.problem(pageName, "bundle.problem.state", c.State, Patience.String())
	}
	return nil
}

// settled reports whether a state is the last one, or the one to wait for.
func settled(s string) bool {
	return s == "running" || s == "exited" || strings.HasPrefix(s, "failed:")
}

func gone(p *wasm.Page) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

// evaluate returns the text that an expression has in the page.
func evaluate(ctx context.Context, p *wasm.Page, expression string) (string, error) {
	const patience = 10 * time.Second // a program that computes keeps the page busy
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out struct {
		Result struct{ Value any }
	}
	err := p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &out)
	s, _ := out.Result.Value.(string)
	return s, err
}
