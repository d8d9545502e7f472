//go:build wasip1

// A program for WASI, which browsers do not have.
package main

import "fmt"

func main() { fmt.Println("hello") }
