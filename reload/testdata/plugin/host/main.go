// Command host shows one component, loads each plugin of its arguments in turn, and
// prints what is shown.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/testdata/plugin/shared"
)

type loop chan func()

func (l loop) Do(f func()) { l <- f }

type slot struct{}

func (slot) Try(v any) error {
	_, err := shared.Text(v)
	return err
}
func (slot) Show(v any) {}
func (slot) Failed(err error) {
	if err != nil {
		fmt.Println("failed:", err)
	}
}

func main() {
	reload.Register("orders", func(s *reload.Scope) (shared.Component, error) {
		n := reload.NewState(s, "n", struct{ Count int32 }{1})
		s.Go(func(ctx context.Context) { <-ctx.Done() })
		return func() string { return fmt.Sprint("first ", n.Get().Count) }, nil
	})
	l := make(loop, 100)
	h, err := reload.NewHost(reload.Options{UI: l, Report: func(r *reload.Record) { fmt.Println(r.Generation, r.Outcome, r.Err(), len(r.Aside), r.Leftovers) }})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	m, err := h.Mount("orders", slot{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	frame := func() {
		m.Frame(func(v any) {
			text, _ := shared.Text(v)
			_ = text()
		})
	}
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case f := <-l:
				f()
			case <-stop:
				return
			default:
				frame()
			}
		}
	}()
	for _, path := range os.Args[1:] {
		h.Load(context.Background(), func() error { return reload.OpenPlugin(path) })
		shown := make(chan string)
		l <- func() {
			text, _ := shared.Text(m.Value())
			shown <- text()
		}
		fmt.Println(<-shown)
	}
	left, err := h.Close(context.Background())
	fmt.Println("closed:", left, err)
	close(stop)
	<-ended
}
