package follow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/watch"
)

type theme struct{ Back string }

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".tmp~", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".tmp~", path); err != nil {
		t.Fatal(err)
	}
}

// followed is an FS that follows a folder with a theme and a text.
func followed(t *testing.T, sets ...watch.Set) (dir string, fsys *reload.FS, changes chan reload.FSChange, problems chan error) {
	t.Helper()
	dir = t.TempDir()
	write(t, dir, "theme.json", `{"Back": "red"}`)
	write(t, dir, "texts/hello.txt", "hello")
	fsys = reload.NewFS(fstest.MapFS{"theme.json": {Data: []byte(`{"Back": "embedded"}`)}, "embedded.txt": {Data: []byte("only here")}})
	changes, problems = make(chan reload.FSChange, 100), make(chan error, 100)
	fsys.OnChange(func(c reload.FSChange) { changes <- c })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Dir(ctx, fsys, Options{Dir: dir, Sets: sets, Report: func(err error) { problems <- err }})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-changes // the folder's own content
	return dir, fsys, changes, problems
}

func TestAFolderIsFollowed(t *testing.T) {
	dir, fsys, changes, problems := followed(t)
	look, err := reload.NewResource(fsys, "theme.json", reload.JSON[theme])
	if err != nil {
		t.Fatal(err)
	}
	hello, err := reload.NewResource(fsys, "texts/hello.txt", reload.Text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fsys.Stat("embedded.txt"); err == nil || look.Get().Back != "red" {
		t.Errorf("%v, %v", err, look.Get())
	}
	began := time.Now()
	write(t, dir, "theme.json", `{"Back": "blue"}`)
	<-changes
	t.Logf("from the save to the decoded resource: %v", time.Since(began))
	if look.Get().Back != "blue" {
		t.Error(look.Get())
	}
	// A broken file stays as it was, and holds no other up.
	write(t, dir, "theme.json", "{\n\"Back\": 1}")
	var broken *reload.DecodeError
	if err := <-problems; !errors.As(err, &broken) || broken.Path != "theme.json" || broken.Line != 2 {
		t.Error(err)
	}
	write(t, dir, "texts/hello.txt", "hello again")
	<-changes
	if look.Get().Back != "blue" || hello.Get() != "hello again" {
		t.Error(look.Get(), hello.Get())
	}
	write(t, dir, "theme.json", `{"Back": "green"}`)
	<-changes
	if look.Get().Back != "green" {
		t.Error(look.Get())
	}
	if err := os.Remove(filepath.Join(dir, "texts/hello.txt")); err != nil {
		t.Fatal(err)
	}
	if c := <-changes; strings.Join(c.Removed, " ") != "texts/hello.txt" || hello.Get() != "hello again" {
		t.Error(c, hello.Get())
	}
}

func TestASetIsTakenTogether(t *testing.T) {
	dir, fsys, changes, problems := followed(t, watch.Set{Name: "all", Match: func(string) bool { return true }})
	look, err := reload.NewResource(fsys, "theme.json", reload.JSON[theme])
	if err != nil {
		t.Fatal(err)
	}
	hello, err := reload.NewResource(fsys, "texts/hello.txt", reload.Text)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "theme.json", "broken")
	write(t, dir, "texts/hello.txt", "of the broken theme")
	if err := <-problems; !strings.HasPrefix(err.Error(), "theme.json:1:1: ") {
		t.Error(err)
	}
	if look.Get().Back != "red" || hello.Get() != "hello" {
		t.Error(look.Get(), hello.Get())
	}
	write(t, dir, "theme.json", `{"Back": "blue"}`)
	for look.Get().Back != "blue" {
		<-changes
	}
	if hello.Get() != "of the broken theme" {
		t.Error(hello.Get())
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	if err := Dir(context.Background(), reload.NewFS(nil), Options{Dir: filepath.Join(t.TempDir(), "no")}); err == nil {
		t.Error("no error")
	}
}

// A theme and what it names are taken together, also where it is nowhere declared, and
// where one of them does not decode none is.
func TestWhatATextNamesIsTakenWithIt(t *testing.T) {
	dir, fsys, changes, problems := followed(t)
	write(t, dir, "theme.json", `{"Back": "texts/hello.txt"}`)
	<-changes
	look, err := reload.NewResource(fsys, "theme.json", reload.JSON[theme])
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "texts/hello.txt", "1")
	write(t, dir, "theme.json", `{"Back": "texts/hello.txt", "Back": 1}`)
	if err := <-problems; !strings.HasPrefix(err.Error(), "theme.json:1:") {
		t.Error(err)
	}
	if b, err := fsys.ReadFile("texts/hello.txt"); err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	write(t, dir, "theme.json", `{"Back": "./texts/hello.txt"}`)
	if c := <-changes; strings.Join(c.Changed, " ") != "texts/hello.txt theme.json" || look.Get().Back != "./texts/hello.txt" {
		t.Error(c, look.Get())
	}
	if b, err := fsys.ReadFile("texts/hello.txt"); err != nil || string(b) != "1" {
		t.Errorf("%q, %v", b, err)
	}
}
