//go:build !linux

package proc

// Background calls f.
func Background(f func()) { f() }
