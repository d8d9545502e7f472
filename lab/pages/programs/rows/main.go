//go:build js

// Draws a list anew, and makes the listener of each row anew.
package main

import (
	"strconv"
	"syscall/js"
	"time"
)

func row(list js.Value, i int) {
	li := js.Global().Get("document").Call("createElement", "li")
	li.Set("textContent", "row "+strconv.Itoa(i))
	li.Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any { // HERE
		li.Set("textContent", "chosen "+strconv.Itoa(i))
		return nil
	}))
	list.Call("appendChild", li)
}

func main() {
	list := js.Global().Get("document").Call("createElement", "ul")
	js.Global().Get("document").Get("body").Call("appendChild", list)
	for {
		list.Set("innerHTML", "")
		for i := range 10 {
			row(list, i)
		}
		time.Sleep(250 * time.Millisecond)
	}
}
