package reload_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Ten real plugins, one after the other: the state moves through ten types of the same
// name, and the seventh, which panics when it is built, changes nothing.
func TestTenPlugins(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the standard library for plugins")
	}
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("no plugins on " + runtime.GOOS)
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler: ", err)
	}
	dir := t.TempDir()
	here, err := filepath.Abs("testdata/plugin")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(here, "gen/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string]map[string]string{"Replace": {}}
	var gens []string
	for i := 1; i <= 10; i++ {
		gen := fmt.Sprintf("gen%d", i)
		file := filepath.Join(dir, gen+".go")
		text := strings.Replace(string(source), "const number = 0", fmt.Sprintf("const number = %d", i), 1)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][filepath.Join(here, gen, "main.go")] = file
		gens = append(gens, gen)
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(files, b, 0o600); err != nil {
		t.Fatal(err)
	}
	build := func(out, pkg string, args ...string) string {
		t.Helper()
		out = filepath.Join(dir, out)
		cmd := exec.Command("go", append(append([]string{"build", "-tags", "gomedic_reload", "-overlay", files, "-o", out}, args...), "./"+pkg)...)
		cmd.Dir = here
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	host := build("host", "host")
	args := []string{}
	for _, gen := range gens {
		args = append(args, build(gen+".so", gen, "-buildmode=plugin", "-ldflags=-s -w"))
	}
	args = append(args, args[2], filepath.Join(dir, "none.so"))
	out, err := exec.CommandContext(t.Context(), host, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := `1 ok <nil> 0 []
1 2 [1]
2 ok <nil> 0 []
2 3 [1 2]
3 ok <nil> 0 []
3 4 [1 2 3]
4 ok <nil> 0 []
4 5 [1 2 3 4]
5 ok <nil> 0 []
5 6 [1 2 3 4 5]
6 ok <nil> 0 []
6 7 [1 2 3 4 5 6]
failed: panic: the seventh at .../gen7/main.go:29
7 failed trial: component "orders": panic: the seventh at .../gen7/main.go:29 0 []
6 7 [1 2 3 4 5 6]
8 ok <nil> 0 []
8 8 [1 2 3 4 5 6 8]
9 ok <nil> 0 []
9 9 [1 2 3 4 5 6 8 9]
10 ok <nil> 0 []
10 10 [1 2 3 4 5 6 8 9 10]
failed: load: it registers no component: has it been loaded before, or does no init function of it call reload.Register?
11 failed load: it registers no component: has it been loaded before, or does no init function of it call reload.Register? 0 []
10 10 [1 2 3 4 5 6 8 9 10]
failed: load: plugin.Open(".../none.so"): realpath failed
12 failed load: plugin.Open(".../none.so"): realpath failed 0 []
10 10 [1 2 3 4 5 6 8 9 10]
closed: [] <nil>
`
	got := strings.ReplaceAll(strings.ReplaceAll(string(out), here, "..."), dir, "...")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
