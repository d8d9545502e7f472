// Package bpf holds the programs that run in the kernel while calls into the graphics
// driver are watched, compiled, and the means to load them. The room above tells it
// which functions to mark and what they do.
//
// The object file is committed: only who changes gpucalls.bpf.c or uprobe/bpf.h needs
// clang. Start at gpucalls.bpf.c.
package bpf

//go:generate go tool bpf2go -go-package bpf -target amd64 -cflags "-O2 -g -Wall -Werror" -no-strip=false -type event GPUCalls gpucalls.bpf.c
//go:generate go run ../../frames/bpf/stamp gpucalls ../../uprobe/bpf.h
