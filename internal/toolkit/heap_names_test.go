package toolkit

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordedNames reads testdata/types/NAME.txt: by kind and name, the operating systems
// that have it, or an interface's methods.
func recordedNames(t *testing.T, file string) map[string]map[string][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names := map[string]map[string][]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		kind, rest, ok := strings.Cut(lines.Text(), " ")
		name, list, _ := strings.Cut(rest, " ")
		if !ok || kind == "#" {
			continue
		}
		if names[kind] == nil {
			names[kind] = map[string][]string{}
		}
		names[kind][name] = strings.Split(list, ",")
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestHeapTablesNameWhatEachVersionHas(t *testing.T) {
	for _, tk := range All() {
		if tk.Heap == nil {
			continue
		}
		files, err := filepath.Glob(filepath.Join("testdata", "types", tk.Name+"-*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := map[string][]string{}
		var versions []string
		for _, file := range files {
			minor := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), tk.Name+"-"), ".txt")
			if minorVersion(minor) != "" {
				versions = append(versions, minor)
				continue
			}
			for fn, on := range recordedNames(t, file)["func"] {
				elsewhere[fn] = on
			}
		}
		slices.SortFunc(versions, compareMinor)
		if len(versions) == 0 || versions[0] != tk.Heap.First || versions[len(versions)-1] != tk.Heap.Last {
			t.Errorf("%s: recorded %v, the table says %s to %s", tk.Name, versions, tk.Heap.First, tk.Heap.Last)
		}
		for _, minor := range versions {
			have := recordedNames(t, filepath.Join("testdata", "types", tk.Name+"-"+minor+".txt"))
			for _, n := range tk.Heap.Names() {
				checkHeapName(t, tk, minor, n, have, elsewhere)
			}
		}
	}
}

func checkHeapName(t *testing.T, tk *Toolkit, minor string, n HeapName, have map[string]map[string][]string, elsewhere map[string][]string) {
	t.Helper()
	var on []string
	name := ""
	switch {
	case n.Func != "":
		name = string(n.Func)
		for fn, systems := range have["func"] {
			if n.Func.Match(fn) {
				on = append(on, systems...)
			}
		}
		own := slices.ContainsFunc(tk.Modules, func(m string) bool { return strings.HasPrefix(name, m) })
		for fn, systems := range elsewhere {
			if n.Func.Match(fn) {
				on = append(on, systems...)
			}
		}
		if !own && len(on) == 0 {
			return // of a companion that is not recorded
		}
	case n.Global != "":
		name = string(n.Global)
		for global, systems := range have["var"] {
			if n.Global.Match(global) {
				on = append(on, systems...)
			}
		}
	case n.Field != "":
		name = string(n.Type) + "." + n.Field
		for field, systems := range have["field"] {
			if holder, ok := strings.CutSuffix(field, "."+n.Field); ok && n.Type.Match(holder) {
				on = append(on, systems...)
			}
		}
	default:
		name = string(n.Type)
		for full, systems := range have["type"] {
			if n.Type.Match(full) {
				on = append(on, systems...)
			}
		}
	}
	switch in := n.In(minor); {
	case in && len(on) == 0:
		t.Errorf("%s %s: has no %q; if it is new in the table, run go generate", tk.Name, minor, name)
	case !in && len(on) > 0 && !n.Beyond:
		t.Errorf("%s %s: has %q, though the table says %q to %q", tk.Name, minor, name, n.Since, n.Until)
	case in && len(n.OS) == 0 && !slices.Contains(on, "linux"):
		t.Errorf("%s %s: %q is for %v only, and the table does not say so", tk.Name, minor, name, on)
	}
	if n.In(minor) && len(n.Methods) > 0 {
		if got := have["methods"][string(n.Type)]; !slices.Equal(got, n.Methods) {
			t.Errorf("%s %s: %s has the methods %v, the table says %v", tk.Name, minor, n.Type, got, n.Methods)
		}
	}
}
