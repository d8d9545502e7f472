package wasmbundle

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

//go:embed site
var siteFiles embed.FS

// Names of the bundle's files.
const (
	pageName   = "index.html"
	moduleName = "app.wasm"
	scriptName = "wasm_exec.js"
	loaderName = "gomedic-loader.js"
	styleName  = "gomedic-loader.css"
)

// site is what the page is made from.
type site struct {
	title          string
	icon           *file // may be nil
	program        *program
	safe           *SafeMode // may be nil
	module, script []byte
}

// loaderConfig is what the loader knows of its bundle.
type loaderConfig struct {
	Title  string                          `json:"title"`
	Built  string                          `json:"built"`
	GUI    bool                            `json:"gui"`   // it uses a toolkit: it is not meant to end
	WebGL  bool                            `json:"webgl"` // it cannot draw without
	Module loaderFile                      `json:"module"`
	ExecJS loaderFile                      `json:"execJS"`
	Env    map[string]string               `json:"env"`
	Ratio  float64                         `json:"ratio,omitempty"` // pixels per CSS pixel that the program is told
	IDs    map[string]string               `json:"ids"`
	Texts  map[text.Lang]map[string]string `json:"texts"`
}

type loaderFile struct {
	Name  string `json:"name"`
	URL   string `json:"url"`
	Bytes int    `json:"bytes"`
	SRI   string `json:"sri"`
}

func (f *file) forLoader() loaderFile {
	return loaderFile{f.name, f.name + "?v=" + f.short(), len(f.bytes), f.sri()}
}

// faultIDs are the findings that the loader's own kinds of failure are; the others are
// none.
var faultIDs = map[string]string{
	"http": "wasm/http", "offline": "wasm/http", "mime": "wasm/mime", "truncated": "wasm/truncated", "csp": "wasm/csp",
	"execjs": "wasm/exec-js-mismatch", "notwasm": "wasm/not-wasm", "damaged": "wasm/not-wasm", "integrity": "wasm/integrity",
	"blocked": "wasm/blocked", "file": "wasm/blocked", "nowebgl": "wasm/no-webgl", "panic": "wasm/panic", "deadlock": "wasm/deadlock",
	"exited": "wasm/exited", "exit": "wasm/exited",
}

const (
	webPrefix   = "web."
	placeHolder = "/*CONFIG*/null/*CONFIG*/"
)

// webTexts are the loader's sentences in both languages, without their prefix.
func webTexts() map[text.Lang]map[string]string {
	out := map[text.Lang]map[string]string{text.English: {}, text.Chinese: {}}
	for _, key := range text.Keys() {
		if short, ok := strings.CutPrefix(key, webPrefix); ok {
			for lang := range out {
				out[lang][short] = text.T(key).In(lang)
			}
		}
	}
	return out
}

// files returns the files of the folder, without the compressed ones.
func (s *site) files() ([]file, error) {
	module, script := &file{moduleName, s.module}, &file{scriptName, s.script}
	c := loaderConfig{
		Title: s.title, Built: s.program.goVersion + " · " + s.program.ImportPath,
		GUI: s.program.toolkit() != "", WebGL: s.program.toolkit() != "",
		Module: module.forLoader(), ExecJS: script.forLoader(),
		Env: map[string]string{}, IDs: faultIDs, Texts: webTexts(),
	}
	if s.safe != nil {
		c.Ratio = s.safe.ratio
	}
	var config bytes.Buffer
	e := json.NewEncoder(&config)
	e.SetEscapeHTML(true)
	if err := e.Encode(c); err != nil {
		return nil, err
	}
	source := string(siteFile("site/loader.js"))
	if strings.Count(source, placeHolder) != 1 {
		return nil, fmt.Errorf("loader.js has no place for its configuration")
	}
	loader := &file{loaderName, []byte(strings.Replace(source, placeHolder, strings.TrimSpace(config.String()), 1))}
	style := &file{styleName, siteFile("site/style.css")}
	t, err := template.ParseFS(siteFiles, "site/index.html.tmpl")
	if err != nil {
		return nil, err
	}
	type named struct{ Short, SRI string }
	type fallback struct{ Lang, NoScript, Late string }
	data := struct {
		Title, Icon           string
		Module, Loader, Style named
		Fallbacks             []fallback
	}{
		Title: s.title, Module: named{module.short(), module.sri()},
		Loader: named{loader.short(), loader.sri()}, Style: named{style.short(), style.sri()},
	}
	if s.icon != nil {
		data.Icon = s.icon.name
	}
	for _, l := range []struct {
		lang text.Lang
		tag  string
	}{{text.English, "en"}, {text.Chinese, "zh-CN"}} {
		data.Fallbacks = append(data.Fallbacks, fallback{l.tag, text.T("web.noscript").In(l.lang), text.T("web.late").In(l.lang)})
	}
	var page bytes.Buffer
	if err := t.Execute(&page, data); err != nil {
		return nil, err
	}
	out := []file{*module, *script, *loader, *style, {pageName, page.Bytes()}}
	if s.icon != nil {
		out = append(out, *s.icon)
	}
	return out, nil
}

func siteFile(name string) []byte {
	b, err := siteFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return b
}

// IconError says that a file is no picture that browsers show as an icon.
type IconError struct {
	Path string
	Err  error // nil: it is of another kind
}

func (e *IconError) Error() string {
	if e.Err != nil {
		return e.Path + ": " + e.Err.Error()
	}
	return e.Path + " is no picture"
}

// Unwrap returns the cause.
func (e *IconError) Unwrap() error { return e.Err }

// largestIcon bounds an icon: a larger one would delay the page.
const largestIcon = 1 << 20

// readIcon reads the icon and names it by what it is; nil where none is wanted.
func readIcon(path string) (*file, error) {
	if path == "" {
		return nil, nil
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, &IconError{path, err}
	}
	if !st.Mode().IsRegular() || st.Size() > largestIcon {
		return nil, &IconError{path, fmt.Errorf("larger than 1 MiB, or no file")}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &IconError{path, err}
	}
	for _, k := range []struct{ ext, magic string }{
		{"png", "\x89PNG\r\n\x1a\n"}, {"jpg", "\xff\xd8\xff"}, {"gif", "GIF8"}, {"ico", "\x00\x00\x01\x00"},
	} {
		if bytes.HasPrefix(b, []byte(k.magic)) {
			return &file{"icon." + k.ext, b}, nil
		}
	}
	if len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" {
		return &file{"icon.webp", b}, nil
	}
	if bytes.Contains(b[:min(len(b), 1024)], []byte("<svg")) {
		return &file{"icon.svg", b}, nil
	}
	return nil, &IconError{Path: path}
}
