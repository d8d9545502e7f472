// Package bpf holds the program that runs in the kernel while a process's opens are
// listened to, compiled, and the means to load it. The object file is committed: only
// who changes opens.bpf.c needs clang. Start there.
package bpf

//go:generate go tool bpf2go -go-package bpf -target amd64 -cflags "-O2 -g -Wall -Werror" -no-strip=false Opens opens.bpf.c
