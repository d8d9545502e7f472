// Package bpf holds the programs that run in the kernel while C allocations are
// recorded, compiled, and the means to load them. The room above tells it which
// places to mark and what each means.
//
// The object file is committed: only who changes native.bpf.c or uprobe/bpf.h needs
// clang. Start at native.bpf.c.
package bpf

//go:generate go tool bpf2go -go-package bpf -target amd64 -cflags "-O2 -g -Wall -Werror" -no-strip=false Native native.bpf.c
//go:generate go run ../../frames/bpf/stamp native ../../uprobe/bpf.h
