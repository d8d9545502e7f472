package bpf

// How says how a function deals with objects.
type How uint8

// The ways.
const (
	Timed    How = 0 // with none
	Returned How = 1 // it returns one
	Stored   How = 2 // it stores one where an argument points, unless it returns a VkResult below 0
	Listed   How = 3 // its first argument says how many names of 32 bits it stores where another one points
	Shows    How = 4 // an argument is one, of which the call's time tells something
	Points   How = 5 // an argument points to such a one
	Destroys How = 6 // an argument is one
	Unlists  How = 7 // an argument points to names of 32 bits, the first says how many
	Named    How = 8 // an argument is a name of 32 bits
	Pointed  How = 9 // an argument points to one, which is destroyed
)

// Funcs bounds the functions' numbers.
const Funcs = 128

// Site is the place at which calls of a function are seen.
type Site struct {
	Offset uint64 // in the file
	Func   uint8
	How    How
	Arg    uint8 // the argument with the objects: 0 to 5
}

func (s Site) cookie() uint64 { return uint64(s.Func) | uint64(s.How)<<8 | uint64(s.Arg)<<12 }

// ends: the end of a call tells something.
func (s Site) ends() bool { return s.How < Destroys }

// Event is a call that has ended; of one that destroys objects, one that has begun.
type Event struct {
	Start, End int64 // CLOCK_MONOTONIC, nanoseconds
	CPU        int64 // nanoseconds that the thread was on a CPU meanwhile, as far as the scheduler has noted it
	Stack      uint64
	GoID       uint64
	Args       [3]uint64 // with Stored, the third is the word at 16 of what the second points to
	Result     uint64
	TID        int // as the kernel counts
	Func       uint8
	Names      []uint64 // objects that it made or destroyed; of a long list, some in each of several events
}

// Stack is what led to a call.
type Stack struct {
	Go     []uint64 // return addresses of the goroutine that called C, innermost first
	Caller uint64   // in C
}
