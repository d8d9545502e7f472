//go:build cgo

package main

import "runtime/cgo"

func newHandle(b *box) { cgo.NewHandle(b) }
