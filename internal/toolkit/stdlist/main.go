// Command stdlist writes std.txt: the packages of the standard library, of this
// Go version and of those already in the list, over the operating systems and
// architectures whose dumps gomedic reads. A package that left the library stays:
// programs built with the older version have it.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

var platforms = []string{"linux/amd64", "linux/arm64", "windows/amd64", "darwin/arm64", "freebsd/amd64", "js/wasm"}

func main() {
	if err := run("std.txt", os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stdlist:", err)
		os.Exit(1)
	}
}

// run merges the list in the file with those of the toolchains ("go1.25.11"),
// none meaning the go command as it is.
func run(file string, toolchains []string) error {
	old, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	all := strings.Fields(string(old))
	if len(toolchains) == 0 {
		toolchains = []string{"local"}
	}
	for _, tc := range toolchains {
		for _, p := range platforms {
			goos, goarch, _ := strings.Cut(p, "/")
			cmd := exec.Command("go", "list", "std")
			cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+tc, "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=1", "GOWORK=off", "GOFLAGS=")
			cmd.Dir = os.TempDir()
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return fmt.Errorf("go list std for %s with %s: %w", p, tc, err)
			}
			all = append(all, strings.Fields(string(out))...)
		}
	}
	slices.Sort(all)
	var b bytes.Buffer
	for _, pkg := range slices.Compact(all) {
		fmt.Fprintln(&b, pkg)
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}
