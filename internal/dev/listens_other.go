//go:build !linux

package dev

import "github.com/gomedic/gomedic/reload"

// listens returns nothing: it is not known here.
func listens(int, ...reload.Listener) []string { return nil }
