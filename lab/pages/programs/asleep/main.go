//go:build js

// Waits in main for an answer that nothing will give, before anything was shown.
package main

import "syscall/js"

func load(answers chan string) string {
	return <-answers // HERE
}

func main() {
	answers := make(chan string)
	js.Global().Get("document").Get("body").Set("textContent", load(answers))
}
