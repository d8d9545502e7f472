//go:build js

// Ends itself because its configuration is not there.
package main

import (
	"errors"
	"log"
	"syscall/js"
)

func configure() error { return errors.New("no configuration") }

func start() {
	if err := configure(); err != nil {
		log.Fatal(err) // HERE
	}
}

func main() {
	js.Global().Get("document").Get("body").Set("textContent", "ready")
	start()
	select {}
}
