// Package bpf holds the programs that run in the kernel while frames are watched,
// compiled, and the means to load them. It knows nothing of toolkits; the room
// above tells it which places to mark.
//
// The object file is committed: only who changes frames.bpf.c needs clang. Start
// at frames.bpf.c.
package bpf

//go:generate go tool bpf2go -go-package bpf -target amd64 -cflags "-O2 -g -Wall -Werror" -no-strip=false Frames frames.bpf.c
//go:generate go run ./stamp
