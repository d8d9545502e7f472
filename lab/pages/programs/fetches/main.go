//go:build js

// A page that asks its server again and again, by net/http, whose callbacks come
// and go.
package main

import (
	"io"
	"net/http"
	"syscall/js"
	"time"
)

func main() {
	p := js.Global().Get("document").Call("createElement", "p")
	js.Global().Get("document").Get("body").Call("appendChild", p)
	for {
		resp, err := http.Get(js.Global().Get("location").Get("href").String())
		if err != nil {
			p.Set("textContent", err.Error())
		} else {
			n, _ := io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			p.Set("textContent", n)
		}
		time.Sleep(60 * time.Millisecond)
	}
}
