package stamp

import (
	"fmt"
	"os"
	"testing"
)

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	failed []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, a ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, a...))
}

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a", "")
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	write("s", empty+"  a\ncompiler 1\n")
	r := &recorder{TB: t}
	if with := Check(r, "s", "make", "a"); len(r.failed) > 0 || len(with) != 1 || with[0] != "compiler 1" {
		t.Errorf("%q, %q", with, r.failed)
	}
	if Check(r, "s", "make", "a", "b"); len(r.failed) != 1 {
		t.Errorf("a file without a sum: %q", r.failed)
	}
	write("a", "changed")
	r.failed = nil
	if Check(r, "s", "make", "a"); len(r.failed) != 1 {
		t.Errorf("a changed file: %q", r.failed)
	}
}
