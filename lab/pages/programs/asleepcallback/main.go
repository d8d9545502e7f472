//go:build js

// Waits within a callback for an answer that can only come after it has returned.
package main

import "syscall/js"

func ask() string {
	answer := make(chan string)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		answer <- args[0].String()
		return nil
	})
	js.Global().Get("Promise").Call("resolve", "yes").Call("then", then)
	return <-answer // HERE
}

func main() {
	body := js.Global().Get("document").Get("body")
	js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any {
		body.Set("textContent", ask())
		return nil
	}), 300)
	select {}
}
