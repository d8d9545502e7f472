// Package heap is the probe behind `gomedic leak`: what a program's memory
// consists of, how the runtime's counters develop, and where new objects are
// allocated.
//
// All of it is read while the program runs, and nothing is stopped. Only the
// heap profiler is switched on by a write, and only if the caller asks for it.
// The probe gathers, and does not judge: that is the room diagnose. Start at
// [Account], [Watch] and [Sites].
package heap
