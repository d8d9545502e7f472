//go:build js

// Keeps a session for each request and never deletes one.
package main

import (
	"strconv"
	"syscall/js"
)

type session struct {
	id   string
	data [4096]byte
}

var sessions = map[string]*session{}

//go:noinline
func open(n int) *session {
	s := &session{id: "session " + strconv.Itoa(n)}
	sessions[s.id] = s
	return s
}

func main() {
	p := js.Global().Get("document").Call("createElement", "p")
	js.Global().Get("document").Get("body").Call("appendChild", p)
	n := 0
	js.Global().Call("setInterval", js.FuncOf(func(js.Value, []js.Value) any {
		for range 40 {
			n++
			open(n)
		}
		p.Set("textContent", len(sessions))
		return nil
	}), 30)
	select {}
}
