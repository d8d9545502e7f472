// Package gpucalls watches the calls of a running program into the graphics driver:
// how long those take that can keep their caller waiting, which objects are made and
// destroyed, and the line of Go that led to each.
//
// Programs fetch these functions' addresses while they run, so that no exported symbol
// sees all calls. What they get is a stub that goes on to the driver by a table; the
// tables are followed here, in the program's memory, to the driver's own functions, where
// every way ends: stubs.go for OpenGL, vulkan.go for Vulkan. There uprobes are set
// (bpf), and a return probe notes the end: these functions run on the stacks of threads,
// where C runs, and never on those of goroutines, which move. It gathers, and does not
// judge. Start at [Run].
//
// The same probes count what other C libraries make and destroy, by a table of pairs of
// functions: [Handles].
package gpucalls

// Name is the probe's name in reports.
const Name = "gpucalls"
