// Package stamp is for tests of files that are generated and committed: a stamp holds
// the sums of what was generated and of what from, as sha256sum(1) writes them.
package stamp

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var line = regexp.MustCompile(`^([0-9a-f]{64})  (\S+)$`)

// Check fails the test where the stamp, a file in the test's folder, does not hold the
// sums of exactly the files named, as they are now. again is the command that makes all
// anew. It returns the stamp's other lines, which say what it was made with.
func Check(t testing.TB, stamp, again string, files ...string) (with []string) {
	t.Helper()
	text, err := os.ReadFile(stamp)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for l := range strings.Lines(strings.TrimSpace(string(text))) {
		l = strings.TrimSpace(l)
		m := line.FindStringSubmatch(l)
		if m == nil {
			with = append(with, l)
			continue
		}
		seen = append(seen, m[2])
		data, err := os.ReadFile(m[2])
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != m[1] {
			t.Errorf("%s is not what the others were made of, or from: run %s", m[2], again)
		}
	}
	if slices.Sort(seen); !slices.Equal(seen, slices.Sorted(slices.Values(files))) {
		t.Errorf("%s is of %v, want %v", stamp, seen, files)
	}
	return with
}
