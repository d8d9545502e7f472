//go:build !cgo

package main

import "sync"

var handles sync.Map

func newHandle(b *box) { handles.Store(uintptr(1), b) }
