//go:build js

// Recurses without end.
package main

import "syscall/js"

type node struct{ parent *node }

func (n *node) depth() int {
	return n.parent.depth() + 1 // HERE
}

func main() {
	n := &node{}
	n.parent = n
	js.Global().Get("document").Get("body").Set("textContent", n.depth())
	select {}
}
