package exact_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomedic/gomedic/internal/probe/native/exact"
)

// A malloc that is not the C library's is told before the program starts, however it
// would come into it.
func TestOtherMalloc(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(in(name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("empty.c", "int main(void) { return 0; }\n")
	write("between.c", "#include <stdlib.h>\nvoid *between(void) { return malloc(1); }\n")
	write("calls.c", "void *between(void);\nint main(void) { return !between(); }\n")
	lib, between := in("libown.so"), in("lib between.so")
	gcc(t, "-O2", "-fPIC", "-fno-builtin", "-shared", "-o", lib, "testdata/ownmalloc.c")
	gcc(t, "-fPIC", "-shared", "-o", between, in("between.c"), "-L"+dir, "-Wl,--no-as-needed", "-lown", "-Wl,-rpath,$ORIGIN")
	gcc(t, "-o", in("plain"), in("empty.c"))
	gcc(t, "-o", in("linked"), in("empty.c"), "-L"+dir, "-Wl,--no-as-needed", "-lown", "-Wl,-rpath,$ORIGIN")
	gcc(t, "-o", in("indirect"), in("calls.c"), between, "-Wl,-rpath-link,"+dir)
	gcc(t, "-o", in("behind"), in("empty.c"), "-L"+dir, "-Wl,--no-as-needed", "-lc", "-lown", "-Wl,-rpath,$ORIGIN")
	gcc(t, "-O2", "-fno-builtin", "-o", in("within"), in("empty.c"), "testdata/ownmalloc.c")
	gcc(t, "-static", "-o", in("static"), in("empty.c"))
	write("script", "#!"+in("linked")+" -x\n")
	write("plainscript", "#! "+in("plain")+"\n")
	write("loop", "#!"+in("loop")+"\n")
	write("data", "no program\n")
	preload := []string{"LD_PRELOAD=" + lib}
	for _, c := range []struct {
		program string
		env     []string
		want    string
	}{
		{"plain", nil, ""},
		{"plain", preload, lib},
		{"plain", []string{"LD_PRELOAD=" + in("absent.so")}, ""},
		{"linked", nil, lib},
		{"indirect", nil, ""}, // as its malloc is the C library's that comes first
		{"behind", nil, ""},
		{"within", nil, in("within")},
		{"static", preload, ""},
		{"script", nil, lib},
		{"plainscript", nil, ""},
		{"plainscript", preload, lib},
		{"loop", preload, ""},
		{"data", preload, ""},
		{"absent", preload, ""},
	} {
		if got := exact.OtherMalloc(in(c.program), c.env); got != c.want {
			t.Errorf("%s with %v: %q, not %q", c.program, c.env, got, c.want)
		}
	}
	t.Run("musl", func(t *testing.T) {
		if _, err := exec.LookPath("musl-gcc"); err != nil {
			t.Skipf("musl's compiler is needed; scripts/install-deps installs it where there is one: %v", err)
		}
		out, err := exec.Command("musl-gcc", "-o", in("musl"), in("empty.c")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := exact.OtherMalloc(in("musl"), nil); got != "" {
			t.Errorf("it has %q", got)
		}
		if got := exact.OtherMalloc(in("musl"), preload); got != lib {
			t.Errorf("it has %q", got)
		}
	})
}
