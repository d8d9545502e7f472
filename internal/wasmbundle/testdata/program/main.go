// Command program does what the page's address asks for: ?panic, ?exit, ?deadlock …
package main

import (
	"fmt"
	"os"
	"syscall/js"
)

type account struct{ entries map[string]int }

// book panics: the map was never made.
func (a *account) book(name string) { a.entries[name]++ }

func main() {
	fmt.Println("program started")
	switch mode := js.Global().Get("location").Get("search").String(); mode {
	case "?panic":
		new(account).book("rent")
	case "?exit":
		fmt.Fprintln(os.Stderr, "cannot reach the database")
		os.Exit(3)
	case "?exited":
		return
	case "?memory":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<30))
		}
	case "?late", "?deadlock": // in a callback, when the page is long shown
		js.Global().Set("press", js.FuncOf(func(js.Value, []js.Value) any {
			if mode == "?late" {
				new(account).book("late")
			}
			<-make(chan int)
			return nil
		}))
		show()
		select {}
	default:
		show()
		select {}
	}
}

func show() {
	js.Global().Get("document").Get("body").Set("textContent", "the program runs")
}
