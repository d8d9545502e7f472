//go:build !linux && !darwin && !windows

package wasm

var browserNames = []string{"chromium", "chrome", "google-chrome"}

func browserPlaces() []string { return []string{"/usr/local/bin/chrome"} }
