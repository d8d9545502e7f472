// Command gomedic says why a Go program that draws is frozen. See README.md.
package main

import (
	"os"

	"github.com/gomedic/gomedic/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
