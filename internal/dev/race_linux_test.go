package dev

import "testing"

// A save that falls between a build and the reading of the source is in the source,
// and not in the program: it must not be taken for what runs.
func TestASaveBetweenBuildAndReading(t *testing.T) {
	a := run(t, shop, func(o *Options) { o.Cache = t.TempDir() }) // it is known soon what it is made of
	a.want("start", OK)
	a.ready()
	for range 3 {
		a.edit("main.go", "10 * time.Millisecond", "11 * time.Millisecond")
		a.want("restart", OK)
		a.edit("main.go", "11 * time.Millisecond", "10 * time.Millisecond")
		a.want("restart", OK)
	}
	// One that comes while it is built.
	from := a.now()
	a.edit("main.go", "10 * time.Millisecond", "11 * time.Millisecond")
	for a.now() == from { // the old process draws on
		from = a.now()
	}
	a.edit("counter/counter.go", "one ", "two ")
	a.says(from, "shows two")
}
