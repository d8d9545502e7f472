package main

import (
	"fmt"
	"strings"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-alloc",
		Illness: "Update clones a tree of a million nodes for every possible move",
		ID:      []string{"ui-busy/alloc"},
		Where:   []string{"main.(*node).clone", "main.think"},
	}, alloc)
}

type node struct {
	name        string
	left, right *node
	data        []*int
}

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := &node{strings.Clone(n.name), n.left.clone(), n.right.clone(), make([]*int, len(n.data))}
	copy(c.data, n.data)
	return c
}

func tree(depth int) *node {
	if depth == 0 {
		return nil
	}
	return &node{fmt.Sprint("node ", depth), tree(depth - 1), tree(depth - 1), make([]*int, 16)}
}

func think(n *node, moves int) {
	kept := make([]*node, 3)
	for i := range moves {
		kept[i%len(kept)] = n.clone()
	}
}

func alloc(*stage) part {
	n := tree(19)
	return part{update: func(tick int) {
		if ill(tick) {
			think(n, 1_000_000)
		}
	}}
}
