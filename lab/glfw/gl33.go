package main

import (
	"fmt"
	"os"

	gl33 "github.com/go-gl/gl/v3.3-core/gl"
)

// load33 fetches the functions of OpenGL 3.3, for faults that need more than 2.1 has.
func load33() {
	if err := gl33.Init(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
