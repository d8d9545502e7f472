// A plugin that calls what it shares with the host.
package main

import "example.com/demo/dep"

func Run() string {
	return dep.Greet(dep.Config{Name: "plugin"}) + " " + dep.Deep(dep.Add(1, 2))
}

func main() {}
