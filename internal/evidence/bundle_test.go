package evidence_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

func sample() *evidence.Evidence {
	return &evidence.Evidence{
		Target: evidence.Target{Kind: evidence.KindProcess, PID: 7, Name: "orders", Go: "go1.26.8", Toolkit: "fyne"},
		Freeze: &evidence.Freeze{
			Took:   5e8,
			UI:     []evidence.UIGoroutine{{Goroutine: 1, Role: evidence.RoleUI, Locked: true, OnMain: true}},
			Points: []evidence.Point{{At: 1, Goroutine: 1, Activity: evidence.User, Stack: 0}, {At: 2, Goroutine: 1, Activity: evidence.Unknown, Stack: -1}},
			Stacks: [][]evidence.Frame{{{Function: "main.f", File: "/src/f.go", Line: 3, Origin: evidence.OriginUser}}},
			Goroutines: []evidence.Goroutine{
				{ID: 1, Status: evidence.StatusWaiting, WaitReason: "sync.Mutex.Lock", Frames: []evidence.Frame{{Function: "main.f"}}},
				{ID: 2, Status: evidence.StatusRunning, Frames: []evidence.Frame{{Function: "main.g"}}},
			},
			Holds: []evidence.Hold{{Waiter: 1, Holder: 2, Frame: 0, Confidence: 0.9, Reasons: []string{evidence.HoldOnStack}}},
		},
	}
}

func encode(t testing.TB, ev *evidence.Evidence) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := evidence.EncodeBundle(&b, ev, []byte(`{"schema":"gomedic.report/v1"}`)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (*evidence.Evidence, error) {
	return evidence.ReadBundle(bytes.NewReader(b), int64(len(b)))
}

// zipOf makes a zip of names and contents, in the order given.
func zipOf(t testing.TB, namesAndContents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		w, err := z.Create(namesAndContents[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(namesAndContents[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBundleRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.gomedic")
	want := sample()
	if err := evidence.WriteBundle(path, want, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read back\n%+v\nwant\n%+v", got, want)
	}
	report, err := evidence.ReadBundleReport(bytes.NewReader(b), int64(len(b)))
	if err != nil || string(report) != "{}" {
		t.Errorf("report.json = %q, %v", report, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("the folder holds %v, want the bundle alone", entries)
	}
}

func TestBundleIsDeterministic(t *testing.T) {
	if !bytes.Equal(encode(t, sample()), encode(t, sample())) {
		t.Error("the same evidence gave two different bundles")
	}
}

func TestWriteBundleKeepsTheOldFileWhenItFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.gomedic")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := evidence.WriteBundle(path, nil, nil); err == nil {
		t.Fatal("no error for a bundle without evidence")
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("the old file now holds %q", b)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("a half file is left: %v", entries)
	}
}

func TestWriteBundleIntoNoFolder(t *testing.T) {
	err := evidence.WriteBundle(filepath.Join(t.TempDir(), "none", "a.gomedic"), sample(), nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that says the folder does not exist", err)
	}
}

const goodManifest = `{"format":"gomedic.bundle","version":1}`

func TestReadBundleRefuses(t *testing.T) {
	good := encode(t, sample())
	many := `{"freeze":{"goroutines":[` + strings.Repeat(`{},`, 1<<19) + `{}]}}`
	deep := `{"freeze":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`
	for _, tt := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, evidence.ErrBundleTruncated},
		{"text", []byte("hello, world"), evidence.ErrBundleForeign},
		{"first half", good[:len(good)/2], evidence.ErrBundleTruncated},
		{"last byte missing", good[:len(good)-1], evidence.ErrBundleTruncated},
		{"another zip", zipOf(t, "word/document.xml", "<xml/>"), evidence.ErrBundleForeign},
		{"another manifest", zipOf(t, "manifest.json", `{"manifest_version":3,"version":"1.0"}`), evidence.ErrBundleForeign},
		{"version 0", zipOf(t, "manifest.json", `{"format":"gomedic.bundle"}`), evidence.ErrBundleForeign},
		{"newer", zipOf(t, "manifest.json", `{"format":"gomedic.bundle","version":2}`), evidence.ErrBundleNewer},
		{"no evidence", zipOf(t, "manifest.json", goodManifest), evidence.ErrBundleForeign},
		{"evidence of another shape", zipOf(t, "manifest.json", goodManifest, "evidence.json", `[1]`), evidence.ErrBundleTruncated},
		{"half a JSON value", zipOf(t, "manifest.json", goodManifest, "evidence.json", `{"freeze":{`), evidence.ErrBundleTruncated},
		{"stack out of range", zipOf(t, "manifest.json", goodManifest, "evidence.json", `{"freeze":{"points":[{"stack":1}]}}`), evidence.ErrBundleTruncated},
		{"deep", zipOf(t, "manifest.json", goodManifest, "evidence.json", deep), evidence.ErrBundleTooLarge},
		{"half a million goroutines", zipOf(t, "manifest.json", goodManifest, "evidence.json", many), evidence.ErrBundleTooLarge},
		{"large manifest", zipOf(t, "manifest.json", goodManifest+strings.Repeat(" ", 1<<17)), evidence.ErrBundleTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ev, err := read(tt.data)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if ev != nil {
				t.Error("evidence beside the error")
			}
		})
	}
}

// A zip that unpacks to gigabytes is refused without unpacking them, also when
// it lies about its size.
func TestReadBundleRefusesZipBombs(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(goodManifest))
	if w, err = z.Create("evidence.json"); err != nil {
		t.Fatal(err)
	}
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 300 {
		if _, err := w.Write(spaces); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(b.Bytes()); !errors.Is(err, evidence.ErrBundleTooLarge) {
		t.Errorf("error %v, want %v", err, evidence.ErrBundleTooLarge)
	}

	// The central directory claims 1,000 bytes for the same 300 MiB.
	lie := bytes.Clone(b.Bytes())
	at := bytes.LastIndex(lie, []byte("PK\x01\x02"))
	copy(lie[at+24:], []byte{0xe8, 3, 0, 0})
	if ev, err := read(lie); err == nil {
		t.Errorf("a zip that lies about its size gave %+v", ev)
	}
}

func TestReadBundleDropsFramesThatAreNotThere(t *testing.T) {
	ev := sample()
	ev.Freeze.Holds[0].Frame = 9
	got, err := read(encode(t, ev))
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Freeze.Holds[0].Frame; f != -1 {
		t.Errorf("frame %d, want -1", f)
	}
}

func FuzzReadBundle(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(encode(f, &evidence.Evidence{}))
	f.Add(zipOf(f, "manifest.json", goodManifest, "evidence.json", `{"freeze":{"points":[{"stack":-2}]}}`))
	f.Add(zipOf(f, "manifest.json", goodManifest))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, b []byte) {
		ev, err := read(b)
		if (ev == nil) == (err == nil) {
			t.Fatalf("evidence %v and error %v", ev, err)
		}
	})
}

// FuzzEvidenceJSON fuzzes what lies inside the zip, which a mutated zip seldom
// reaches because of its checksums.
func FuzzEvidenceJSON(f *testing.F) {
	b, err := json.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	f.Add(`{"freeze":{"points":[{"stack":7}],"holds":[{"frame":-5,"confidence":2}]}}`)
	f.Add(`{"freeze":{"goroutines":[{"frames":null}]}}`)
	f.Fuzz(func(t *testing.T, s string) {
		ev, err := read(zipOf(t, "manifest.json", goodManifest, "evidence.json", s))
		if err != nil {
			return
		}
		// What was read can be written, and read again.
		if _, err := read(encode(t, ev)); err != nil {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
