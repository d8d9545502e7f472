// Command stamp writes NAME.stamp, frames.stamp if nothing else is said: the digests
// of the source NAME.bpf.c and of the object that was compiled from it, and the
// compiler's name, so that a test can say that one of them was changed alone. Headers
// may follow NAME. go generate runs it after bpf2go.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	stamp, headers := "frames", []string(nil)
	if len(os.Args) > 1 {
		stamp, headers = os.Args[1], os.Args[2:]
	}
	var b strings.Builder
	for _, name := range append([]string{stamp + ".bpf.c", stamp + "_x86_bpfel.o"}, headers...) {
		data, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "stamp:", err)
			os.Exit(1)
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(data), name)
	}
	out, err := exec.Command("clang", "--version").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "stamp:", err)
		os.Exit(1)
	}
	version, _, _ := strings.Cut(string(out), "\n")
	fmt.Fprintln(&b, version)
	if err := os.WriteFile(stamp+".stamp", []byte(b.String()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "stamp:", err)
		os.Exit(1)
	}
}
