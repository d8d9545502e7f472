//go:build js

// Makes a report of all its rows each time a timer calls, by the standard library.
package main

import (
	"encoding/json"
	"sort"
	"strconv"
	"syscall/js"
)

type entry struct {
	Name  string
	Value int
}

var entries []entry

func summarise() int {
	sort.Slice(entries, func(i, j int) bool { return entries[i].Value < entries[j].Value })
	b, err := json.Marshal(entries)
	if err != nil {
		return 0
	}
	var back []entry
	if err := json.Unmarshal(b, &back); err != nil {
		return 0
	}
	return len(back)
}

func main() {
	for i := range 90000 {
		entries = append(entries, entry{"entry " + strconv.Itoa(i), i * 7919 % 10007})
	}
	p := js.Global().Get("document").Call("createElement", "p")
	js.Global().Get("document").Get("body").Call("appendChild", p)
	js.Global().Call("setInterval", js.FuncOf(func(js.Value, []js.Value) any {
		p.Set("textContent", summarise())
		return nil
	}), 1500)
	select {}
}
