package layout

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// UnknownVersionError says that no table serves a Go version on an architecture.
type UnknownVersionError struct {
	Version string   // as the target says it
	Arch    string   // GOARCH
	Known   []string // minor versions with a table: "go1.25"
	Arches  []string // architectures with a table
	Reason  string   // what about the version is unknown
}

func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf("no runtime layout for %s on %s: %s (known: %s on %s)",
		e.Version, e.Arch, e.Reason, strings.Join(e.Known, ", "), strings.Join(e.Arches, ", "))
}

// ForVersion gives the layout of a Go version, as runtime.Version or the build
// info of a binary names it: "go1.26.8", "go1.26.8 X:nogreenteagc". A patch
// newer than the table's takes the table of its minor version; Source says which
// release that is from. Texts that distributors append ("go1.26.8 (Vendor 1)",
// "go1.26.8-vendor") are ignored.
//
// The error is an [*UnknownVersionError] for minor versions, architectures and
// experiments without a table, for pre-releases and for development versions.
func ForVersion(goVersion, arch string) (*Layout, error) {
	unknown := func(format string, args ...any) (*Layout, error) {
		return nil, &UnknownVersionError{
			Version: goVersion, Arch: arch, Known: Versions(), Arches: Arches(), Reason: fmt.Sprintf(format, args...),
		}
	}
	v, ok := parseVersion(goVersion)
	switch {
	case !ok:
		return unknown("not a Go version")
	case v.development:
		return unknown("a development version")
	case v.preRelease:
		return unknown("a pre-release")
	}
	t, err := TableOf(v.minor())
	if err != nil {
		return unknown("no table for %s", v.minor())
	}
	defaults, ok := t.Experiments[arch]
	if !ok {
		return unknown("no table for this architecture")
	}
	var flipped []string
	for _, name := range v.experiments {
		wanted := true
		if _, known := defaults[name]; !known {
			name, wanted = strings.TrimPrefix(name, "no"), !strings.HasPrefix(name, "no")
		}
		byDefault, known := defaults[name]
		if !known {
			return unknown("unknown experiment %q", name)
		}
		if byDefault != wanted {
			flipped = append(flipped, name)
		}
	}
	return t.Layout(v.patch, arch, flipped), nil
}

// Versions lists the minor versions that have a table, oldest first.
func Versions() []string {
	entries, err := tables.ReadDir("tables")
	if err != nil {
		return nil
	}
	var versions []string
	for _, e := range entries {
		versions = append(versions, strings.TrimSuffix(e.Name(), ".txt"))
	}
	slices.SortFunc(versions, func(a, b string) int {
		va, _ := parseVersion(a)
		vb, _ := parseVersion(b)
		return va.number - vb.number
	})
	return versions
}

// Arches lists the architectures of the tables, by GOARCH.
func Arches() []string { return []string{"amd64", "arm64", "wasm"} }

// TableOf gives the table of a minor version, "go1.26".
func TableOf(minor string) (*Table, error) {
	f, err := tables.Open("tables/" + minor + ".txt")
	if err != nil {
		return nil, fmt.Errorf("table of %s: %w", minor, err)
	}
	defer f.Close()
	t, err := ReadTable(f)
	if err != nil {
		return nil, fmt.Errorf("table of %s: %w", minor, err)
	}
	return t, nil
}

// version is a Go version taken apart.
type version struct {
	number, patch int // 26, 8 of go1.26.8
	preRelease    bool
	development   bool
	experiments   []string // as behind "X:"
}

func (v version) minor() string { return "go1." + strconv.Itoa(v.number) }

var versionPattern = regexp.MustCompile(`^(devel )?go1\.(\d{1,4})(?:\.(\d{1,4}))?((?:rc|beta)\d+)?(?:[-+ ](.*))?$`)

// experimentsPattern finds the experiments in what follows the number: Go 1.26
// writes "go1.26.8-X:a,b", earlier ones "go1.25.4 X:a,b".
var experimentsPattern = regexp.MustCompile(`(?:^|[- ])X:([^ ]*)`)

// parseVersion reads the forms of runtime.Version; see findgoversion in
// cmd/dist/build.go, and the setting of runtime.buildVersion in cmd/link for
// the experiments.
func parseVersion(s string) (version, bool) {
	m := versionPattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return version{}, false
	}
	var v version
	v.number, _ = strconv.Atoi(m[2])
	v.patch, _ = strconv.Atoi(m[3])
	v.preRelease = m[4] != ""
	v.development = m[1] != "" || strings.HasPrefix(m[5], "devel")
	if x := experimentsPattern.FindStringSubmatch(m[5]); x != nil {
		v.experiments = strings.FieldsFunc(x[1], func(r rune) bool { return r == ',' })
	}
	return v, true
}
