package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// pageModules builds the programs of the pages, each once.
type pageModules struct{ dir, cache string }

// build returns the module of a program: from the cache while neither the program
// nor the lab's dependencies nor Go have changed.
func (m *pageModules) build(ctx context.Context, program string, stripped bool) ([]byte, error) {
	if program == fetched {
		return tinyGo(ctx)
	}
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(version)
	lab := filepath.Dir(m.dir)
	for _, name := range []string{filepath.Join(lab, "go.mod"), filepath.Join(lab, "go.sum"), filepath.Join(m.dir, "programs", program, "main.go")} {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		h.Write(b)
	}
	kind, flags := "symbols", []string{}
	if stripped {
		kind, flags = "stripped", []string{"-ldflags=-s -w"}
	}
	path := filepath.Join(m.cache, fmt.Sprintf("%s-%s-%s.wasm", program, kind, hex.EncodeToString(h.Sum(nil)[:8])))
	if b, err := os.ReadFile(path); err == nil {
		return b, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(m.cache, 0o755); err != nil {
		return nil, err
	}
	goos := "js"
	if program == "wasi" {
		goos = "wasip1"
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	args := append(append([]string{"build", "-o", abs + ".new"}, flags...), "./pages/programs/"+program)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = lab, append(os.Environ(), "GOOS="+goos, "GOARCH=wasm", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %s", program, lastLines(string(out), 5))
	}
	if err := os.Rename(abs+".new", abs); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// fetched is the program that is not built here.
const fetched = "tinygo"

// tinyGo is a module that TinyGo has made: one of the tests of wazero, which is fetched by
// Go's own means.
func tinyGo(ctx context.Context) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/tetratelabs/wazero@v1.12.0")
	cmd.Dir, cmd.Env = os.TempDir(), append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("fetch a module of TinyGo: %w", err)
	}
	var got struct{ Dir string }
	if err := json.Unmarshal(out, &got); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(got.Dir, "imports", "wasi_snapshot_preview1", "example", "testdata", "tinygo", "cat.wasm"))
}

// execJS is Go's own wasm_exec.js.
func (m *pageModules) execJS() ([]byte, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
}

// site serves one page on loopback, with the faults of its case, and the same at
// another origin.
type site struct {
	c     *PageCase
	files map[string][]byte
	here  *httptest.Server
	other *httptest.Server
}

func newSite(p *pageCases, c *PageCase, modules *pageModules, module []byte) (*site, error) {
	script, err := modules.execJS()
	if err != nil {
		return nil, err
	}
	s := &site{c: c, files: map[string][]byte{"wasm_exec.js": script, "main.wasm": module}}
	s.other = httptest.NewServer(http.HandlerFunc(s.answer))
	for name, b := range p.files {
		text := strings.ReplaceAll(string(b), "$OTHER", s.other.URL)
		if strings.Contains(text, "$BASE64") {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "$EXEC", string(script)), "$BASE64", base64.StdEncoding.EncodeToString(module))
		}
		s.files[name] = []byte(text)
	}
	s.files[""] = s.files[c.page]
	s.here = httptest.NewUnstartedServer(http.HandlerFunc(s.answer))
	s.here.Config.ErrorLog = log.New(discard{}, "", 0)
	if c.https {
		s.here.StartTLS()
	} else {
		s.here.Start()
	}
	return s, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func (s *site) close() {
	for _, server := range []*httptest.Server{s.here, s.other} {
		server.CloseClientConnections()
		server.Close()
	}
}

func (s *site) url() string {
	u, _ := url.Parse(s.here.URL + "/")
	for _, w := range s.c.serve["*"] {
		if name, ok := strings.CutPrefix(w, "auth="); ok {
			user, password, _ := strings.Cut(name, ":")
			u.User = url.UserPassword(user, password)
		}
	}
	return u.String()
}

var pageTypes = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm"}

// answer serves a file as the case has it.
func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/app"), "/")
	b, ok := s.files[name]
	header := w.Header()
	header.Set("Content-Type", pageTypes[filepath.Ext(name)])
	if name == "" {
		header.Set("Content-Type", pageTypes[".html"])
	}
	status, way := http.StatusOK, ""
	if !ok {
		status = http.StatusNotFound
	}
	words := append(append([]string{}, s.c.serve["*"]...), s.c.serve["/"+name]...)
	if strings.HasPrefix(r.URL.Path, "/app") && name == "" {
		words = s.c.serve["*"] // where the redirect leads
	}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "status":
			status, _ = strconv.Atoi(value)
			b = []byte("<!doctype html><title>no</title>" + value)
			header.Set("Content-Type", pageTypes[".html"])
		case "type":
			header.Set("Content-Type", value)
		case "header":
			k, v, _ := strings.Cut(value, ":")
			header.Set(k, v)
		case "redirect":
			http.Redirect(w, r, value, http.StatusFound)
			return
		case "auth":
			user, password, _ := r.BasicAuth()
			if user+":"+password != value {
				header.Set("WWW-Authenticate", `Basic realm="lab"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
		case "truncate":
			b = b[:len(b)/2]
		case "empty":
			b = nil
		case "packed", "gzip":
			b = packed(b)
			if key == "gzip" {
				header.Set("Content-Encoding", "gzip")
			}
		case "header-gzip":
			header.Set("Content-Encoding", "gzip")
		case "html":
			b = []byte("<!doctype html><title>the app</title><div id=app></div>")
			header.Set("Content-Type", pageTypes[".html"])
		case "json":
			b = []byte(`{"error":"not found"}`)
		case "lfs":
			b = []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2592368\n")
		case "damage":
			b = bytes.Clone(b)
			copy(b[len(b)/3:], bytes.Repeat([]byte{0xff}, 64))
		case "old":
			b = bytes.ReplaceAll(b, []byte("gojs: {"), []byte("go: {"))
		case "lacking":
			b = bytes.ReplaceAll(b, []byte(`"syscall/js.valueIndex"`), []byte(`"syscall/js.valueAt"`))
		case "cut", "chunks", "slow":
			way = key
		}
	}
	s.write(w, r, status, way, b)
}

func (s *site) write(w http.ResponseWriter, r *http.Request, status int, way string, b []byte) {
	switch way {
	case "":
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.WriteHeader(status)
		w.Write(b)
		return
	case "cut":
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	}
	w.WriteHeader(status)
	if way == "slow" {
		w.Write(b[:64<<10])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	w.Write(b[:len(b)/2])
	w.(http.Flusher).Flush()
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			if t, ok := conn.(*net.TCPConn); ok {
				t.CloseWrite()
			}
			conn.Close()
		}
	}
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// plainBrowser writes a program that starts the browser without WebGL, as one with
// a driver on the block list is.
func plainBrowser() (string, error) {
	if runtime.GOOS == "windows" {
		return "", errors.New("a browser without WebGL is started by a shell script")
	}
	found := ""
	for _, name := range []string{os.Getenv("CHROME"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"} {
		if path, err := exec.LookPath(name); err == nil && name != "" {
			found = path
			break
		}
	}
	if found == "" {
		return "", errors.New("no Chromium, Chrome or Edge in PATH")
	}
	dir, err := os.MkdirTemp("", "gomedic-lab-browser-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "browser")
	return path, os.WriteFile(path, []byte("#!/bin/sh\nexec '"+found+"' --disable-3d-apis \"$@\"\n"), 0o755)
}
