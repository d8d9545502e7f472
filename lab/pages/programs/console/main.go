//go:build js

// A program that computes something, prints it and ends.
package main

import "fmt"

func main() {
	sum := 0
	for i := range 1000 {
		sum += i * i
	}
	fmt.Println("the sum is", sum)
}
