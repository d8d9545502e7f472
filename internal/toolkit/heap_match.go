package toolkit

import (
	"slices"
	"strconv"
	"strings"
)

// TypeName matches full names of types: "fyne.io/fyne/v2/widget.Label",
// "map[string]*image.RGBA". "…" stands for any number of characters. A pattern
// without type arguments matches a generic type with any.
type TypeName string

// Match says whether the pattern matches the name.
func (p TypeName) Match(name string) bool {
	if matchWild(string(p), name) {
		return true
	}
	if strings.Contains(string(p), "[") || strings.HasPrefix(name, "map[") {
		return false
	}
	i := strings.IndexByte(name, '[')
	return i > 0 && name[len(name)-1] == ']' && matchWild(string(p), name[:i])
}

func matchTypes(ps []TypeName, name string) bool {
	return slices.ContainsFunc(ps, func(p TypeName) bool { return p.Match(name) })
}

// typePackage is the path of the package of a named type, "" of others.
func typePackage(name string) string {
	name, _, _ = strings.Cut(name, "[")
	slash := strings.LastIndexByte(name, '/')
	if strings.ContainsAny(name, " (*{") {
		return ""
	}
	if dot := strings.LastIndexByte(name[slash+1:], '.'); dot >= 0 {
		return name[:slash+1+dot]
	}
	return ""
}

// In says whether the span has the version, "v2.7.1" or "2.7". One that is not known
// is in every span: names of types and fields tell versions apart, too.
func (s Span) In(version string) bool {
	if !isVersion(version) {
		return true
	}
	return (s.Since == "" || compareVersion(version, s.Since) >= 0) && (s.Until == "" || compareVersion(version, s.Until) <= 0)
}

// isVersion says whether something is a version: "v2.7.1", "2.7".
func isVersion(version string) bool { return minorVersion(version) != "" }

// compareVersion orders a version and a bound by as many parts as both have: 2.5.3
// is 2.5, and 2.5 is 2.5.3. A pre-release counts as its version.
func compareVersion(version, bound string) int {
	a, b := versionParts(version), versionParts(bound)
	n := min(len(a), len(b))
	return slices.Compare(a[:n], b[:n])
}

func versionParts(version string) []int {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "+")
	version, _, _ = strings.Cut(version, "-")
	var parts []int
	for p := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(p)
		if err != nil {
			break
		}
		parts = append(parts, n)
	}
	return parts
}
