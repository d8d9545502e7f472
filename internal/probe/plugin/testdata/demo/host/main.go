// A host that opens each plugin whose path it reads, and says what comes of it.
package main

import (
	"bufio"
	"fmt"
	"os"
	"plugin"

	"example.com/demo/dep"
)

func main() {
	fmt.Println("ready", dep.Greet(dep.Config{Name: "host"}), dep.Deep(dep.Add(1, 2)))
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(open(in.Text()))
	}
}

func open(path string) string {
	p, err := plugin.Open(path)
	if err != nil {
		return "refused: " + err.Error()
	}
	run, err := p.Lookup("Run")
	if err != nil {
		return "lookup: " + err.Error()
	}
	return "loaded: " + run.(func() string)()
}
