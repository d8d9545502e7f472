//go:build !cgo

package main

func inC() { panic("built without C") }
