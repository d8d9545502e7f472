package wasmfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestImportObject(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want         string // module.name of each, sorted
		open         string
	}{
		{"plain", `this.importObject = {_gotest: {add: (a, b) => a + b}, gojs: {"runtime.wasmExit": (sp) => { sp >>>= 0; }, 'a.b': f}}`, "_gotest.add gojs.a.b gojs.runtime.wasmExit", ""},
		{"made small", `this.importObject={go:{"x":e=>{const t={y:1,z:2};return t},"w"(e){return{q:1}}}};var o={go:{no:1}}`, "go.w go.x", ""},
		{"comments and strings", "importObject /* {a:{b:1}} */ = { // {\n go: { 'it\\'s': 1, /* , c: 2 */ d: \"},{\", e: `}${`{${1}`}}`, f: /[/}]{2}/.test(s), g: a / b / c } }", "go.d go.e go.f go.g go.it's", ""},
		{"spread", `const importObject = {...base, gojs: {...gojs, a: 1}}`, "gojs.a", ",gojs"},
		{"a variable", `importObject = {gojs: imports, env: {b: 1}}`, "env.b", "gojs"},
		{"computed", `importObject = {["go" + "js"]: {}, gojs: {["a"]: 1, [b]: 2, async c() {}, get d() { return 1 }, *e() {}}}`, "gojs.a gojs.c gojs.d gojs.e", ",gojs"},
		{"getter", `class Go { get importObject() { return { gojs: { a: 1 } } } }`, "gojs.a", ""},
		{"added later", `this.importObject = {gojs: {a: 1}}; go.importObject.env = {b: 1}; go.importObject["gojs"]["c.d"] = f; go.importObject.x.y === 1`, "env.b gojs.a gojs.c.d", ""},
		{"unfinished", `importObject = {gojs: {a: (`, "gojs.a", ""},
	} {
		p, err := ImportObject([]byte(tt.script))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for module, names := range p.Modules {
			for _, n := range names {
				got = append(got, module+"."+n)
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
		slices.Sort(p.Open)
		if s := strings.Join(slices.Compact(p.Open), ","); s != tt.open {
			t.Errorf("%s: open %q, want %q", tt.name, s, tt.open)
		}
	}
	for _, script := range []string{"", "function f() {}", "WebAssembly.instantiate(b, go.importObject)", "'importObject = {'"} {
		if _, err := ImportObject([]byte(script)); err == nil {
			t.Errorf("%q has an importObject", script)
		}
	}
}

// The wasm_exec.js of the Go that builds this provides all that a module of it imports.
func TestTheScriptOfTheToolchain(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ImportObject(script)
	if err != nil {
		t.Fatal(err)
	}
	m := module(t, "plain")
	for _, i := range m.Imports {
		if given, sure := p.Gives(i.Module, i.Name); !given || !sure {
			t.Errorf("%s.%s: given %t, sure %t", i.Module, i.Name, given, sure)
		}
	}
	if given, sure := p.Gives("gojs", "runtime.none"); given || !sure {
		t.Errorf("given %t, sure %t", given, sure)
	}
}
