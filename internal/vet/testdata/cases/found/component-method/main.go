// What the toolkit calls of a component starts a goroutine.
package main

import "github.com/gomedic/gomedic/reload"

type object interface{ Tapped() }

type button struct{ n int }

func (b *button) Tapped() {
	go func() { b.n++ }() // want "reload/leftover .*Tapped starts go"
}

func main() {
	reload.Register("button", func(*reload.Scope) (object, error) { return &button{}, nil })
}
