package main

import (
	"sort"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-pathfinding",
		Illness: "Update looks for the way of every soldier over the whole map, sorting all open cells at each step",
		ID:      []string{"ui-busy/cpu"},
		Where:   []string{"main.findPath", "main.findPath.func1", "main.findPath.func2", "main.neighbours", "main.distance", "main.moveAll", "main.cell.less"},
		Short:   true,
	}, pathfinding)
}

type cell struct{ x, y, cost int }

func (c cell) less(d cell) bool { return c.cost < d.cost }

func distance(a, b cell) int { return (a.x-b.x)*(a.x-b.x) + (a.y-b.y)*(a.y-b.y) }

func neighbours(c, goal cell, visit func(cell)) {
	for _, d := range []cell{{1, 0, 0}, {0, 1, 0}, {-1, 0, 0}, {0, -1, 0}} {
		next := cell{x: c.x + d.x, y: c.y + d.y}
		next.cost = c.cost + distance(next, goal)
		visit(next)
	}
}

func findPath(from, goal cell) (steps int) {
	open, seen := []cell{from}, map[cell]bool{}
	for len(open) > 0 && open[0] != goal {
		best := open[0]
		open = open[1:]
		neighbours(best, goal, func(next cell) {
			if !seen[next] && len(open) < 5000 {
				seen[next] = true
				open = append(open, next)
			}
		})
		sort.Slice(open, func(i, j int) bool { return open[i].less(open[j]) })
		if len(seen) > 1<<16 {
			clear(seen)
		}
		steps++
	}
	return steps
}

func moveAll(soldiers []cell) {
	for i := range soldiers {
		findPath(soldiers[i], cell{x: -1_000_000})
	}
}

func pathfinding(*stage) part {
	return part{update: func(tick int) {
		if ill(tick) {
			moveAll(make([]cell, 1000))
		}
	}}
}
