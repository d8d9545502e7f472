package reload_test

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/gomedic/gomedic/reload"
)

//go:embed testdata/embedded
var assets embed.FS

// loop stands for a toolkit's: fynereload, gioreload and ebitenreload have theirs.
type loop chan func()

func (l loop) Do(f func()) { l <- f }

// window is where components are shown; here they are functions that return a text.
type window struct{ text func() string }

func (w *window) Try(v any) error {
	_, ok := v.(func() string)
	if !ok {
		return fmt.Errorf("%T is no text", v)
	}
	return nil
}
func (w *window) Show(v any)       { w.text = v.(func() string) }
func (w *window) Failed(err error) {}

// A component with a state and a goroutine, and what becomes of them when a new
// generation comes. In a program the new generation is a plugin that gomedic dev has
// built from the same source, and which registers itself when it is loaded.
func Example() {
	reload.Register("clock", func(s *reload.Scope) (func() string, error) {
		ticks := reload.NewState(s, "ticks", 0) // kept over reloads
		s.Go(func(ctx context.Context) {        // ends with this generation
			tick := s.Ticker(time.Hour)
			for {
				select {
				case <-tick.C:
					ticks.Update(func(n int) int { return n + 1 })
				case <-ctx.Done():
					return
				}
			}
		})
		ticks.Set(41)
		return func() string { return fmt.Sprintf("%d ticks", ticks.Get()) }, nil
	})

	ui := make(loop, 10)
	host, err := reload.NewHost(reload.Options{UI: ui, Report: func(*reload.Record) {}})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := &window{}
	mount, err := host.Mount("clock", w)
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() { // the toolkit's loop: what is to be done, and a frame
		for f := range ui {
			f()
			for range 3 {
				mount.Frame(func(any) { _ = w.text() })
			}
		}
	}()

	record := host.Load(context.Background(), func() error {
		reload.Register("clock", func(s *reload.Scope) (func() string, error) {
			ticks := reload.NewState(s, "ticks", int64(0)) // another type by now
			return func() string { return fmt.Sprintf("the clock has ticked %d times", ticks.Get()) }, nil
		})
		return nil
	})
	fmt.Println(record.Outcome)
	done := make(chan struct{})
	ui.Do(func() { fmt.Println(w.text()); close(done) })
	<-done
	left, err := host.Close(context.Background())
	fmt.Println(len(left), err)
	// Output:
	// ok
	// the clock has ticked 41 times
	// 0 <nil>
}

func ExampleFS() {
	files := reload.NewFS(assets) // what was embedded, until something is replaced
	hello, err := reload.NewResource(files, "testdata/embedded/hello.txt", reload.Text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(hello.Get())

	// In development package follow does this, for a folder.
	next, err := files.Snapshot().With(map[string][]byte{"testdata/embedded/hello.txt": []byte("changed\n")})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := files.Replace(next); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(hello.Get())

	broken, err := files.Snapshot().With(map[string][]byte{"testdata/embedded/hello.txt": []byte("ends with a bad byte\xff")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = files.Replace(broken)
	fmt.Println(err)
	fmt.Print(hello.Get())
	// Output:
	// hello
	// changed
	// testdata/embedded/hello.txt:1:21: not valid UTF-8
	// changed
}
