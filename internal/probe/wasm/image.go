package wasm

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// maxModule bounds a module that gomedic itself asks the server for, in bytes.
const maxModule = 256 << 20

// withoutUser is a URL without user and password.
func withoutUser(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	u.User = nil
	return u.String()
}

// image asks the server for the module again, where the page's own memory cannot
// be read, and returns the memory that it begins with and how many functions it
// imports.
func (w *watcher) image() (mem []byte, imports int) {
	for i := len(w.rec.page.Requests) - 1; i >= 0; i-- {
		q := &w.rec.page.Requests[i]
		if q.Role != evidence.RoleModule || q.Status != 200 || w.rec.page.FirstRun() == 0 && len(w.rec.programs) == 0 {
			continue
		}
		b, err := w.fetch(q.URL, maxModule)
		if err != nil {
			continue
		}
		m, err := wasmfile.Parse(b)
		if err != nil {
			continue
		}
		image, err := m.Image()
		if err != nil {
			continue
		}
		return image, m.ImportedFuncs()
	}
	return nil, 0
}

// FetchModule asks the server for a module, as gomedic itself does: what it gives need
// not be what the page had. nil where it gives none within some seconds.
func FetchModule(ctx context.Context, o Options, address string) *wasmfile.Module {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	resp, err := get(ctx, &o, address)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxModule))
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil
	}
	m, err := wasmfile.Parse(b)
	if err != nil {
		return nil
	}
	return m
}

// fetch asks a server for at most so many bytes, as gomedic itself.
func (w *watcher) fetch(address string, most int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	resp, err := get(ctx, &w.o.Options, address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, most))
}

// get asks for a URL with the user and the leniency of the options.
func get(ctx context.Context, o *Options, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if user := o.user(); user != nil && sameHost(address, o.URL) {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	if o.Insecure {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	return (&http.Client{Transport: transport}).Do(req)
}
