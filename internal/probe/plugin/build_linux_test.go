package plugin

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// needC skips a test where plugins cannot be built.
func needC(t *testing.T, compilers ...string) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the tests' machine code is that of amd64")
	}
	for _, c := range append(compilers, "gcc") {
		if _, err := exec.LookPath(c); err != nil {
			t.Skip(err)
		}
	}
}

// demo is a copy of testdata/demo, to be edited and built.
type demo struct {
	t   *testing.T
	dir string
	env []string
}

func newDemo(t *testing.T) *demo {
	t.Helper()
	d := &demo{t: t, dir: t.TempDir()}
	if err := os.CopyFS(d.dir, os.DirFS("testdata/demo")); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

// write writes a file of the copy.
func (d *demo) write(name, content string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// edit replaces text in a file of the copy.
func (d *demo) edit(name, old, changed string) {
	d.t.Helper()
	b, err := os.ReadFile(d.path(name))
	if err != nil {
		d.t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) {
		d.t.Fatalf("%s does not contain %q", name, old)
	}
	d.write(name, strings.ReplaceAll(string(b), old, changed))
}

// run runs a command in the copy.
func (d *demo) run(name string, args ...string) string {
	d.t.Helper()
	c := exec.Command(name, args...)
	c.Dir = d.dir
	c.Env = append(append(os.Environ(), "CGO_ENABLED=1", "GOWORK=off", "GOFLAGS=-buildvcs=false", "GOPROXY=off"), d.env...)
	out, err := c.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// with sets variables for the commands that follow.
func (d *demo) with(env ...string) *demo {
	return &demo{t: d.t, dir: d.dir, env: append(d.env, env...)}
}

// host and plugin build; the file's path is returned.
func (d *demo) host(out string, flags ...string) string {
	d.t.Helper()
	d.run("go", append(append([]string{"build", "-o", out}, flags...), "./host")...)
	return d.path(out)
}

func (d *demo) plugin(out string, flags ...string) string {
	d.t.Helper()
	d.run("go", append(append([]string{"build", "-buildmode=plugin", "-o", out}, flags...), "./plug")...)
	return d.path(out)
}

// running is a host that runs.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	stderr *bytes.Buffer
	said   string // when it was ready
}

// start starts a host; it is ended with the test.
func start(t *testing.T, host string, env ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: exec.Command(host), stderr: new(bytes.Buffer)}
	r.cmd.Env = append(os.Environ(), env...)
	r.cmd.Stderr = r.stderr
	in, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
	r.in, r.out = in, bufio.NewScanner(out)
	if !r.out.Scan() {
		_ = r.cmd.Wait()
		t.Fatalf("the host said nothing: %s", r.stderr)
	}
	r.said = r.out.Text()
	return r
}

// open lets the host open a plugin, and returns what it says: "loaded: …", "refused: …",
// or "died: …" with what it wrote at its end.
func (r *running) open(path string) string {
	r.t.Helper()
	if _, err := io.WriteString(r.in, path+"\n"); err != nil {
		r.t.Fatal(err)
	}
	if r.out.Scan() {
		return r.out.Text()
	}
	_ = r.cmd.Wait()
	return "died: " + r.stderr.String()
}

// examine runs the probe and the rules.
func examine(t *testing.T, o Options) (*evidence.Plugin, []report.Finding) {
	t.Helper()
	res, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range res.Limits {
		t.Logf("limit: %s", l.Why)
	}
	return &res.Plugin, diagnose.Findings(&evidence.Evidence{Target: res.Target, Plugin: &res.Plugin})
}

// only insists on one finding of an id, whose title has a key that ends so.
func only(t *testing.T, all []report.Finding, id, title string) *report.Finding {
	t.Helper()
	if len(all) != 1 || all[0].ID != id || !strings.HasSuffix(all[0].Title.Key, title) {
		for i := range all {
			t.Logf("%s %s: %s (%s)", all[i].Severity, all[i].ID, all[i].Title, all[i].Title.Key)
			for _, w := range all[i].Why {
				t.Logf("  %s", w)
			}
		}
		t.Fatalf("%d findings, want one %s …%s", len(all), id, title)
	}
	return &all[0]
}

// promised insists that what gomedic says that plugin.Open will say is what it said.
func promised(t *testing.T, f *report.Finding, said string) {
	t.Helper()
	for _, w := range f.Why {
		if _, what, ok := strings.Cut(w.String(), "plugin.Open says: "); ok {
			for part := range strings.SplitSeq(what, "…") {
				if !strings.Contains(said, strings.TrimSpace(part)) {
					t.Errorf("gomedic says that plugin.Open will say %q, and it said %q", what, said)
				}
			}
			return
		}
	}
	t.Errorf("%s does not say what plugin.Open will say", f.Title)
}

// patch changes bytes of a copy of a file.
func patch(t *testing.T, path, to string, change func([]byte)) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(b)
	to = filepath.Join(filepath.Dir(path), to)
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

// elfHash is the hash of a name in the System V ABI, by which versions are compared.
func elfHash(name string) (h uint32) {
	for _, c := range []byte(name) {
		h = h<<4 + uint32(c)
		if g := h & 0xf0000000; g != 0 {
			h ^= g >> 24
			h &^= g
		}
	}
	return h
}
