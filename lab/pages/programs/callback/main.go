//go:build js

// Panics in a callback, a second after the page was shown.
package main

import "syscall/js"

type model struct{ selected *item }

type item struct{ title string }

func (m *model) show() string {
	return m.selected.title // HERE
}

func main() {
	document := js.Global().Get("document")
	document.Get("body").Set("textContent", "ready")
	m := &model{}
	js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any {
		document.Get("body").Set("textContent", m.show())
		return nil
	}), 1000)
	select {}
}
