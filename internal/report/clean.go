package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a string from the target fit to print: names of functions, files,
// threads and processes are whatever the target says, and must not move the
// cursor, recolour the terminal or turn the reading direction. Control,
// formatting and invalid characters come out as \x1b, \u202e and so on; line
// breaks and tabs become spaces.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !printable(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case !printable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isClean(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !printable(r) {
			return false
		}
	}
	return true
}

func printable(r rune) bool {
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

var majorVersion = regexp.MustCompile(`^/v[0-9]+\.`)

// shortFunction cuts the import path off a function's name and leaves the
// package: "github.com/acme/orders/store.(*Store).Sync" is "store.(*Store).Sync".
// A major version is not a package: "fyne.io/fyne/v2.DoAndWait" is
// "fyne.DoAndWait". Paths inside type arguments and receivers stay as they are.
func shortFunction(name string) string {
	end := len(name)
	if i := strings.IndexAny(name, "([{"); i >= 0 {
		end = i
	}
	if i := strings.LastIndexByte(name[:end], '/'); i >= 0 {
		if majorVersion.MatchString(name[i:]) {
			version := majorVersion.FindString(name[i:])
			name = name[strings.LastIndexByte(name[:i], '/')+1:i] + "." + name[i+len(version):]
		} else {
			name = name[i+1:]
		}
	}
	return strings.ReplaceAll(name, "%2e", ".")
}
