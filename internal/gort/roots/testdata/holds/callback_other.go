//go:build !cgo

package main

const cgoBoxes = 0

func callsC() {}
