package assets

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/assets/decode"
)

// TestMain is the decoding process, too: it is started as gomedic starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == WorkerArg {
		if err := Worker(os.Stdin, os.Stdout); err != nil {
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const program = `package main

import (
	"embed"
	"fmt"
	"os"
	"time"
)

//go:embed assets
var files embed.FS

//go:embed assets/logo.png
var logo []byte

//go:noinline
func skin(n int) ([]byte, error) {
	return os.ReadFile(fmt.Sprintf("skins/%d.png", n))
}

func load(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		fmt.Println(err)
	}
	return b
}

func main() {
	fmt.Println(len(logo), len(load("assets/Logo.png")), len(load("assets/logo.png")))
	b, err := os.ReadFile("data/map.png")
	fmt.Println(len(b), err)
	if b, err := os.ReadFile("settings.json"); err == nil {
		fmt.Println(len(b))
	}
	for range 300 {
		_, err := skin(3)
		fmt.Println(err)
		time.Sleep(50 * time.Millisecond)
	}
}
`

// project writes the program above, with one broken file.
func project(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 20, 10))); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, s := range map[string]string{"go.mod": "module example.com/p\n\ngo 1.26\n", "main.go": program, "assets/logo.png": b.String(), "assets/cut.png": b.String()[:50],
		"assets/list.json": "[\n1,\n2 3]\n"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func build(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("go", "build", "-o", "p")
	c.Dir, c.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			c.Args = append(c.Args, a)
		} else {
			c.Env = append(c.Env, a)
		}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "p")
}

func run(t *testing.T, o Options) *Result {
	t.Helper()
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// expect checks what all targets must say.
func expect(t *testing.T, r *Result) {
	t.Helper()
	state := map[string]string{}
	for _, f := range r.Assets.Files {
		s := fmt.Sprintf("%s %v", f.Format, f.Checked)
		if f.Fault != nil {
			s = fmt.Sprintf("%s %s line %d", f.Format, f.Fault.Code, f.Fault.Line)
		}
		if f.Named {
			state[f.Name] = s
		}
	}
	for name, want := range map[string]string{"assets/logo.png": "png true", "assets/cut.png": "png truncated line 0", "assets/list.json": "json syntax line 3"} {
		if state[name] != want {
			t.Errorf("%s: %q, want %q", name, state[name], want)
		}
	}
	var uses []string
	for _, u := range r.Assets.Uses {
		s := fmt.Sprintf("%s %s:%d", u.Name, filepath.Base(u.At.File), u.At.Line)
		if u.Found != "" {
			s += " found"
		}
		if u.Near != "" {
			s += " near " + u.Near
		}
		if u.Excuse != "" {
			s += " " + u.Excuse
		}
		uses = append(uses, s)
	}
	slices.Sort(uses)
	want := []string{"assets/Logo.png main.go:30 near assets/logo.png", "assets/logo.png main.go:30 found", "data/map.png main.go:31", "settings.json main.go:33 optional"}
	if got := strings.Join(slices.Compact(uses), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("uses:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	if len(r.Limits) != 0 {
		t.Errorf("limits %+v", r.Limits)
	}
}

func TestSource(t *testing.T) { expect(t, run(t, Options{Path: project(t)})) }

func TestStrippedPrograms(t *testing.T) {
	for _, flags := range [][]string{{"-ldflags=-s -w"}, {"-ldflags=-s -w", "-buildmode=pie"}, nil,
		{"GOOS=windows"}, {"GOOS=windows", "-ldflags=-s -w"}, {"GOOS=windows", "-buildmode=exe", "-ldflags=-s -w"},
		{"GOOS=darwin", "GOARCH=amd64"}, {"GOOS=darwin", "GOARCH=amd64", "-ldflags=-s -w"}} {
		dir := project(t)
		expect(t, run(t, Options{Path: build(t, dir, flags...), Dir: dir}))
	}
}

// What Windows and macOS find, whatever the case of its name, is not missing.
func TestCaseOfOtherSystems(t *testing.T) {
	dir := project(t)
	if err := os.MkdirAll(filepath.Join(dir, "Data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Data", "Map.PNG"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for goos, want := range map[string]bool{"linux": false, "windows": true, "darwin": true} {
		r := run(t, Options{Path: build(t, dir, "GOOS="+goos, "GOARCH=amd64"), Dir: dir})
		i := slices.IndexFunc(r.Assets.Uses, func(u evidence.AssetUse) bool { return u.Name == "data/map.png" })
		if i < 0 || (r.Assets.Uses[i].Found != "") != want {
			t.Errorf("%s: found %v in %+v", goos, !want, r.Assets.Uses)
		}
	}
}

func TestProcess(t *testing.T) {
	dir := project(t)
	c := exec.Command(build(t, dir, "-ldflags=-s -w"))
	c.Dir = dir
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	r := run(t, Options{PID: c.Process.Pid, For: time.Second})
	if len(r.Limits) > 0 && strings.Contains(r.Limits[0].Why.String(), "CAP_BPF") {
		t.Skip(r.Limits[0].Why)
	}
	expect(t, r)
	for _, o := range r.Assets.Opens {
		if o.Path == "skins/3.png" && o.Error == "ENOENT" && o.Count > 1 && o.At != nil && o.At.Function == "main.skin" && o.At.Line == 18 && o.Full == filepath.Join(dir, "skins/3.png") {
			return
		}
	}
	t.Errorf("opens %+v", r.Assets.Opens)
}

func TestNoProgram(t *testing.T) {
	dir := project(t)
	b, err := os.ReadFile(build(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		path   string
		reason Reason
	}{
		{put("cut", b[:len(b)/3]), Truncated}, {put("text", []byte("#!/bin/sh\necho it is a script\n")), Format}, {"/bin/ls", NotGo},
	} {
		_, err := Run(context.Background(), Options{Path: tt.path})
		var f *FileError
		if !errors.As(err, &f) || f.Reason != tt.reason {
			t.Errorf("%s: %v, want %s", tt.path, err, tt.reason)
		}
	}
	if _, err := Run(context.Background(), Options{Path: filepath.Join(dir, "nowhere")}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A decoder that dies, and one that is asked for too much, are told of, and the next
// resource is decoded.
func TestDecoderEnds(t *testing.T) {
	d := &decoder{ctx: context.Background()}
	defer d.close()
	if r := d.decode("a.json", []byte("{}")); r.Fault != nil || !r.Checked {
		t.Fatalf("%+v", r)
	}
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if r := d.decode("b.json", []byte("{}")); r.Fault == nil || r.Fault.Code != decode.TooLong {
		t.Errorf("%+v", r)
	}
	if r := d.decode("c.json", []byte("{}")); r.Fault != nil || !r.Checked {
		t.Errorf("%+v", r)
	}
}

// Names lead nowhere outside of the folder, and do not overwrite each other.
func TestExtractStaysInside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	r := &Result{}
	for _, name := range []string{"../../evil.png", "/etc/evil.png", "a/../../b.png", `..\..\c.png`, "ok/x.png", "OK/X.png", "..", strings.Repeat("long", 100) + ".png"} {
		r.list = append(r.list, content{Asset: evidence.Asset{Name: name, Named: true, Kind: evidence.AssetFyne}, data: []byte(name)})
	}
	n, err := r.Extract(dir)
	if err != nil || n != len(r.list) {
		t.Fatal(n, err)
	}
	found := 0
	_ = filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			found++
			if !strings.HasPrefix(path, dir+"/fyne/") {
				t.Errorf("%s is outside", path)
			}
		}
		return err
	})
	if found != n {
		t.Errorf("%d files of %d", found, n)
	}
	if _, err := r.Extract(dir); err == nil {
		t.Error("it was written into a folder that is not empty")
	}
}

// What only begins like a file is none.
func TestPlausible(t *testing.T) {
	b := make([]byte, 1024)
	copy(b, "\x00\x01\x00\x00\x00\x10")
	if plausible("ttf", b) {
		t.Error("a font without names of tables")
	}
	copy(b, "\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00")
	binary.LittleEndian.PutUint32(b[14:], 400)
	binary.LittleEndian.PutUint32(b[18:], 22)
	if !plausible("ico", b) {
		t.Error("an icon")
	}
	binary.LittleEndian.PutUint32(b[18:], 5000)
	if plausible("ico", b) {
		t.Error("an icon whose picture lies behind it")
	}
}

func TestNear(t *testing.T) {
	all := map[string]bool{"assets/player.png": true, "assets/Enemy.PNG": true, "img/door.png": true, "fonts/body.ttf": true}
	for name, want := range map[string]string{"assets/plyer.png": "assets/player.png", "assets/enemy.png": "assets/Enemy.PNG", "door.png": "img/door.png", "fonts/body.otf": "fonts/body.ttf",
		"x.png": "", "entirely/else.wav": ""} {
		if got := near(name, all); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
