package reload

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

//go:embed testdata/embedded
var embedded embed.FS

func snapshot(t testing.TB, files map[string]string) *Snapshot {
	t.Helper()
	data := map[string][]byte{}
	for name, text := range files {
		data[name] = []byte(text)
	}
	s, err := NewSnapshot(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFSIsAFileSystem(t *testing.T) {
	f := NewFS(embedded)
	if err := fstest.TestFS(f, "testdata/embedded/hello.txt", "testdata/embedded/icons/dot.svg"); err != nil {
		t.Error("embedded: ", err)
	}
	if _, err := f.Replace(snapshot(t, map[string]string{"a.txt": "a", "d/b.txt": "b", "d/e/c.txt": "", "d/e/f/g": "g"})); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, "a.txt", "d/b.txt", "d/e/c.txt", "d/e/f/g"); err != nil {
		t.Error("replaced: ", err)
	}
	sub, err := fs.Sub(f, "d")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(sub, "b.txt", "e/c.txt", "e/f/g"); err != nil {
		t.Error("sub: ", err)
	}
	if _, err := f.Replace(snapshot(t, nil)); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f); err != nil {
		t.Error("empty: ", err)
	}
	if err := fstest.TestFS(NewFS(nil)); err != nil {
		t.Error("nil: ", err)
	}
}

func TestAReaderGoesOnWithWhatItBegan(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"d/a": "old a", "d/b": "old b"}))
	file, err := f.Open("d/a")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	dir, err := f.Open("d")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	first := make([]byte, 2)
	if _, err := io.ReadFull(file, first); err != nil {
		t.Fatal(err)
	}
	sub, err := f.Sub("d")
	if err != nil {
		t.Fatal(err)
	}
	frozen := f.Snapshot()
	if _, err := f.Replace(snapshot(t, map[string]string{"d/a": "NEW A", "d/c": "NEW C"})); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(file)
	if err != nil || string(first)+string(rest) != "old a" {
		t.Errorf("read %q, %v", string(first)+string(rest), err)
	}
	entries, err := dir.(fs.ReadDirFile).ReadDir(-1)
	if err != nil || len(entries) != 2 || entries[1].Name() != "b" {
		t.Errorf("entries %v, %v", entries, err)
	}
	if b, _ := frozen.ReadFile("d/b"); string(b) != "old b" {
		t.Errorf("the snapshot has %q", b)
	}
	if b, _ := fs.ReadFile(sub, "a"); string(b) != "NEW A" {
		t.Errorf("the view of the directory has %q", b)
	}
}

func TestReplaceTellsWhatChanges(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"a": "1", "b": "1", "c": "1"}))
	var told []FSChange
	cancel := f.OnChange(func(c FSChange) { told = append(told, c) })
	swaps := 0
	f.SwapOn(func(swap func()) { swaps++; swap() })
	c, err := f.Replace(snapshot(t, map[string]string{"a": "1", "b": "2", "d": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c); got != "{1 [d] [b] [c]}" || f.Generation() != 1 {
		t.Errorf("change %s, generation %d", got, f.Generation())
	}
	if c, err := f.Replace(snapshot(t, map[string]string{"a": "1", "b": "2", "d": "1"})); err != nil || !c.empty() || f.Generation() != 1 {
		t.Errorf("the same again: %v, %v, generation %d", c, err, f.Generation())
	}
	cancel()
	if _, err := f.Replace(snapshot(t, nil)); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || swaps != 2 {
		t.Errorf("told %v, %d swaps", told, swaps)
	}
}

// A reader that takes a snapshot never sees two files of different saves.
func TestNoTornSnapshot(t *testing.T) {
	f := NewFS(snapshot(t, map[string]string{"a": "0", "b": "0"}))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				s := f.Snapshot()
				a, _ := s.ReadFile("a")
				b, _ := s.ReadFile("b")
				if string(a) != string(b) {
					t.Errorf("a %s, b %s", a, b)
					return
				}
			}
		})
	}
	for i := 1; i < 500; i++ {
		n := fmt.Sprint(i)
		if _, err := f.Replace(snapshot(t, map[string]string{"a": n, "b": n})); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
}

func TestSnapshotErrors(t *testing.T) {
	for _, names := range [][]string{{"/a"}, {""}, {"."}, {"a/../b"}, {"a", "a/b"}} {
		files := map[string][]byte{}
		for _, n := range names {
			files[n] = nil
		}
		if _, err := NewSnapshot(files); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
	f := NewFS(nil)
	if _, err := f.Sub("/"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Sub: %v", err)
	}
	sub, err := f.Sub("no")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sub.Open("x"); !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no/x") {
		t.Errorf("Open below a directory that is not there: %v", err)
	}
}

func TestWithChangesACopy(t *testing.T) {
	s := SnapshotOf(embedded)
	n, err := s.With(map[string][]byte{"testdata/embedded/hello.txt": nil, "new": []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Stat("testdata/embedded/hello.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	if _, err := n.Stat("new"); err != nil {
		t.Error(err)
	}
	if _, err := s.Stat("testdata/embedded/hello.txt"); err != nil {
		t.Error(err)
	}
	a, _ := s.Sum()
	b, _ := n.Sum()
	if a == b {
		t.Error("the same sum")
	}
}
