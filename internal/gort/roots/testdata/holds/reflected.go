package main

import (
	"reflect"
	"unsafe"
)

//go:noinline
func address(b *box) uintptr { return uintptr(unsafe.Pointer(b)) }

// reflected waits in a function that reflect has made.
func reflected(b *box) {
	f := reflect.MakeFunc(reflect.TypeFor[func(*box)](), func(args []reflect.Value) []reflect.Value {
		argument(args[0].Interface().(*box))
		return nil
	}).Interface().(func(*box))
	f(b)
}

type waiter struct{ n int }

// Wait waits with its argument.
func (w *waiter) Wait(b *box) { argument(b) }

// callsReflected waits in a method value that reflect has made.
func callsReflected(b *box) {
	f := reflect.ValueOf(&waiter{1}).MethodByName("Wait").Interface().(func(*box))
	f(b)
}
