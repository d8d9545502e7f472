// Command gen writes the tables of package layout: one file for each minor
// version of Go, computed from the sources of its releases.
//
// Run it with `go generate ./internal/gort/layout`. It asks the go command for
// the releases and their toolchains (GOTOOLCHAIN), so it needs a module proxy
// or toolchains that are in the module cache already. It takes minutes.
package main

import (
	"debug/elf"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/gort/layout/gosource"
)

// versions names the minor versions that get a table.
var versions = []string{"go1.25", "go1.26", "go1.27"}

// platforms names the GOOS of each architecture; the first is the base of the
// tables.
var platforms = []struct{ goos, goarch string }{
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"js", "wasm"},
}

func main() {
	only := flag.String("only", "", "write the table of this minor version only")
	newest := flag.String("newest", "", "comma-separated releases to take as the newest of their minor versions, instead of asking for them")
	dir := flag.String("o", "tables", "folder of the tables")
	flag.Parse()
	for _, minor := range versions {
		if *only != "" && *only != minor {
			continue
		}
		if err := write(*dir, minor, *newest); err != nil {
			fmt.Fprintf(os.Stderr, "gen: %s: %v\n", minor, err)
			os.Exit(1)
		}
	}
}

func write(dir, minor, newest string) error {
	patches, err := gosource.Patches(minor)
	if err != nil {
		return err
	}
	for release := range strings.SplitSeq(newest, ",") {
		if patch, ok := strings.CutPrefix(release, minor+"."); ok {
			n, err := strconv.Atoi(patch)
			if err != nil {
				return err
			}
			patches = slices.DeleteFunc(patches, func(p int) bool { return p > n })
		}
	}
	if len(patches) == 0 {
		return fmt.Errorf("no release found")
	}
	t, err := build(minor, patches)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, minor+".txt"))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := t.WriteTo(f); err != nil {
		return err
	}
	return f.Close()
}

// build makes the table of one minor version from its releases, oldest first.
func build(minor string, patches []int) (*layout.Table, error) {
	last := patches[len(patches)-1]
	s := sources{minor: minor, loaded: map[string]*layout.Layout{}}
	t := &layout.Table{Version: minor, Patch: s.release(last), Inputs: gosource.Inputs(), Experiments: map[string]map[string]bool{}}
	base, err := s.load(last, platforms[0].goarch, "")
	if err != nil {
		return nil, err
	}
	t.Base = *base
	for _, p := range platforms {
		if t.Experiments[p.goarch], err = s.experiments(last, p.goarch); err != nil {
			return nil, err
		}
		l, err := s.load(last, p.goarch, "")
		if err != nil {
			return nil, err
		}
		if o := layout.Diff(base, l); !o.Empty() {
			o.Arch = p.goarch
			t.Overlays = append(t.Overlays, o)
		}
	}
	if err := addPatches(t, s, patches); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(t.Experiments[platforms[0].goarch])) {
		var overlays []layout.Overlay
		for _, p := range platforms {
			l, err := s.load(last, p.goarch, name)
			if err != nil {
				return nil, err
			}
			if o := layout.Diff(t.Layout(last, p.goarch, nil), l); !o.Empty() {
				o.Experiment, o.Arch = name, p.goarch
				overlays = append(overlays, o)
			}
		}
		t.Overlays = append(t.Overlays, factor(overlays)...)
	}
	if err := check(t, s, patches); err != nil {
		return nil, err
	}
	return t, checkDWARF(t, s, patches)
}

// addPatches finds the patches, if any, before which the layout was another.
func addPatches(t *layout.Table, s sources, patches []int) error {
	for i := len(patches) - 1; i > 0; {
		here, err := s.load(patches[i], platforms[0].goarch, "")
		if err != nil {
			return err
		}
		oldest, err := s.load(patches[0], platforms[0].goarch, "")
		if err != nil {
			return err
		}
		if layout.Diff(here, oldest).Empty() {
			return nil // each release costs a download: ask no others
		}
		// The lowest patch whose layout is that of patches[i], by bisection.
		low, high := 1, i
		for low < high {
			mid := (low + high) / 2
			l, err := s.load(patches[mid], platforms[0].goarch, "")
			if err != nil {
				return err
			}
			if layout.Diff(here, l).Empty() {
				high = mid
			} else {
				low = mid + 1
			}
		}
		var overlays []layout.Overlay
		for _, p := range platforms {
			older, err := s.load(patches[low-1], p.goarch, "")
			if err != nil {
				return err
			}
			o := layout.Diff(t.Layout(patches[low-1], p.goarch, nil), older)
			if !o.Empty() {
				o.BelowPatch, o.Arch = patches[low], p.goarch
				overlays = append(overlays, o)
			}
		}
		t.Overlays = append(t.Overlays, factor(overlays)...)
		i = low - 1
	}
	return nil
}

// factor moves what the overlays of all architectures have in common into one
// for any architecture, which is applied first.
func factor(overlays []layout.Overlay) []layout.Overlay {
	if len(overlays) < len(platforms) {
		return overlays
	}
	first := overlays[0]
	common := layout.Overlay{
		Experiment: first.Experiment, BelowPatch: first.BelowPatch,
		Structs: maps.Clone(first.Structs), Consts: maps.Clone(first.Consts),
	}
	for _, o := range overlays[1:] {
		maps.DeleteFunc(common.Structs, func(name string, s layout.Struct) bool {
			other, ok := o.Structs[name]
			return !ok || !s.Equal(other)
		})
		maps.DeleteFunc(common.Consts, func(name string, c int64) bool {
			other, ok := o.Consts[name]
			return !ok || c != other
		})
	}
	out := []layout.Overlay{common}
	for _, o := range overlays {
		maps.DeleteFunc(o.Structs, func(name string, _ layout.Struct) bool { _, ok := common.Structs[name]; return ok })
		maps.DeleteFunc(o.Consts, func(name string, _ int64) bool { _, ok := common.Consts[name]; return ok })
		out = append(out, o)
	}
	return slices.DeleteFunc(out, layout.Overlay.Empty)
}

// check compares what the table composes with the sources, on each
// architecture, for the oldest and the newest patch and the two around each
// change.
func check(t *layout.Table, s sources, patches []int) error {
	want := []int{patches[0], patches[len(patches)-1]}
	for _, o := range t.Overlays {
		if o.BelowPatch != 0 {
			at := slices.Index(patches, o.BelowPatch)
			want = append(want, patches[at], patches[at-1])
		}
	}
	for _, patch := range want {
		for _, p := range platforms {
			l, err := s.load(patch, p.goarch, "")
			if err != nil {
				return err
			}
			composed := t.Layout(patch, p.goarch, nil)
			composed.Version, composed.Source = l.Version, l.Source
			if !reflect.DeepEqual(l, composed) {
				return fmt.Errorf("%s on %s: the table composes another layout than the sources give", s.release(patch), p.goarch)
			}
		}
	}
	return nil
}

// checkDWARF compares the table with what the releases' own compilers and
// linkers say of a program that they built.
func checkDWARF(t *layout.Table, s sources, patches []int) error {
	for _, patch := range slices.Compact([]int{patches[0], patches[len(patches)-1]}) {
		for _, p := range platforms {
			if p.goos != "linux" {
				continue // no DWARF
			}
			fmt.Fprintf(os.Stderr, "gen: %s %s DWARF\n", s.release(patch), p.goarch)
			l, err := builtLayout(s.release(patch), p.goos, p.goarch)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", s.release(patch), p.goarch, err)
			}
			if o := layout.Diff(t.Layout(patch, p.goarch, nil), l); len(o.Structs)+len(o.Consts) > 0 {
				return fmt.Errorf("%s on %s: DWARF differs from the sources: %+v", s.release(patch), p.goarch, o)
			}
		}
	}
	return nil
}

// builtLayout builds testdata/program with a release and reads its DWARF.
func builtLayout(release, goos, goarch string) (*layout.Layout, error) {
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source, err := filepath.Abs(filepath.Join("testdata", "program", "main.go"))
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "program")
	if err := gosource.Build(release, goos, goarch, binary, source); err != nil {
		return nil, err
	}
	f, err := elf.Open(binary)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return layout.FromDWARF(f, release)
}

// sources loads the layouts of one minor version's releases, each once.
type sources struct {
	minor  string
	loaded map[string]*layout.Layout
}

func (s sources) release(patch int) string { return s.minor + "." + strconv.Itoa(patch) }

func (s sources) config(patch int, arch string) (gosource.Config, error) {
	for _, p := range platforms {
		if p.goarch == arch {
			return gosource.Toolchain(s.release(patch), p.goos, p.goarch)
		}
	}
	return gosource.Config{}, fmt.Errorf("unknown architecture %s", arch)
}

// load gives the layout of a release, with one experiment turned around unless
// flip is empty.
func (s sources) load(patch int, arch, flip string) (*layout.Layout, error) {
	key := fmt.Sprint(patch, arch, flip)
	if l, ok := s.loaded[key]; ok {
		return l, nil
	}
	c, err := s.config(patch, arch)
	if err != nil {
		return nil, err
	}
	if flip != "" {
		c.ToolTags = gosource.Flip(c.ToolTags, flip)
	}
	fmt.Fprintf(os.Stderr, "gen: %s %s %s\n", s.release(patch), arch, flip)
	l, err := gosource.Load(c)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", s.release(patch), arch, err)
	}
	s.loaded[key] = l
	return l, nil
}

// experiments says which experiments a release knows, and which are on.
func (s sources) experiments(patch int, arch string) (map[string]bool, error) {
	c, err := s.config(patch, arch)
	if err != nil {
		return nil, err
	}
	names, err := gosource.Experiments(c)
	if err != nil {
		return nil, err
	}
	on := map[string]bool{}
	for _, name := range names {
		on[name] = slices.Contains(c.ToolTags, "goexperiment."+name)
	}
	return on, nil
}
