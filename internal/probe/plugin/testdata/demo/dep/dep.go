// Package dep is what host and plugin share.
package dep

import "fmt"

// Config is a type that crosses between the two.
type Config struct{ Name string }

// Greet and Add are not inlined: their bodies are no part of the package's hash.
//
//go:noinline
func Greet(c Config) string { return fmt.Sprintf("hello %s", c.Name) }

//go:noinline
func Add(a, b int) int { return a + b*3 }

//go:noinline
func Deep(n int) string {
	if n > 40 {
		return "deep"
	}
	return "shallow"
}
