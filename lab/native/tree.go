package main

/*
#include <stdlib.h>
#include <string.h>
struct node { struct node *left, *right; char name[40]; };
static struct node *grow(int depth) {
	struct node *n = calloc(1, sizeof *n);
	strcpy(n->name, "node");
	if (depth > 0) {
		n->left = grow(depth - 1);
		n->right = grow(depth - 1);
	}
	return n;
}
static void *parse(int depth) { return grow(depth); }
static void release(void *p) { free(p); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-tree",
		Illness: "a C library parses into a tree, and its release function frees the root alone",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.parseDocument"},
	}, tree)
}

//go:noinline
func parseDocument() {
	root := C.parse(4)
	C.release(root)
}

func tree() {
	go func() {
		for {
			parseDocument()
			time.Sleep(10 * time.Millisecond)
		}
	}()
	harness.Armed()
}
