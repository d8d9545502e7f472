package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// More happens than the kernel keeps for a watcher that does not come: the watcher
// compares all files then, says so, and none is lost.
func TestOverflow(t *testing.T) {
	b, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err != nil {
		t.Fatal(err)
	}
	files, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	stands, goOn := make(chan bool), make(chan bool)
	w := start(t, Options{Dirs: []string{dir}, Ignore: func(p string, _ bool) bool {
		if p == "stop" {
			stands <- true
			<-goOn
		}
		return p == "stop"
	}})
	write(t, filepath.Join(dir, "stop"), "")
	<-stands // the watcher takes nothing until it may go on
	for i := range files {
		write(t, filepath.Join(dir, fmt.Sprint("f", i)), fmt.Sprint(i))
	}
	done := make(chan bool)
	defer close(done)
	go func() { // it asks again at each event of that file
		for {
			select {
			case goOn <- true:
			case <-stands:
			case <-done:
				return
			}
		}
	}()
	told, rescanned := map[string]bool{}, false
	for timeout := time.After(late); len(told) < files; {
		select {
		case c := <-w.Changes():
			rescanned = rescanned || c.Rescanned
			if len(c.Changed)+len(c.Removed) > 0 {
				t.Fatalf("%d changed, %d removed", len(c.Changed), len(c.Removed))
			}
			for _, f := range c.Added {
				if told[f.Path] {
					t.Fatalf("told twice: %s", f.Path)
				}
				if told[f.Path] = true; filepath.Base(f.Path) != "f"+string(f.Data) {
					t.Fatalf("%s has %q", f.Path, f.Data)
				}
			}
		case <-timeout:
			t.Fatalf("told of %d files, want %d", len(told), files)
		}
	}
	if !rescanned {
		t.Error("no event was lost: the test does not test what it should")
	}
}
