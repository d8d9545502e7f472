// Command leaking is a page's program that keeps each session, and whose goroutines for
// them never end.
package main

import (
	"fmt"
	"syscall/js"
	"time"
)

type session struct {
	user    string
	history [][]byte
	closed  chan struct{}
}

type registry struct{ sessions map[string]*session }

var live = &registry{sessions: map[string]*session{}}

func (r *registry) open(n int) {
	s := &session{user: fmt.Sprint("user", n), closed: make(chan struct{})}
	for range 20 {
		s.history = append(s.history, make([]byte, 2048))
	}
	r.sessions[s.user] = s
	go watch(make(chan int))
}

func watch(updates chan int) {
	for u := range updates { // watch
		fmt.Println(u)
	}
}

func main() {
	n := 0
	tick := js.FuncOf(func(js.Value, []js.Value) any {
		for range 10 {
			n++
			live.open(n)
		}
		return nil
	})
	js.Global().Call("setInterval", tick, 50)
	time.Sleep(time.Hour)
}
