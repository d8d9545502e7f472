package bpf

// Kind is what passing a place means.
type Kind uint8

// The kinds.
const (
	Allocates Kind = 1 // rax is memory that was allocated
	Frees     Kind = 2 // rdi is memory that is being freed
	Clears    Kind = 3 // rdi is memory that was allocated, and is cleared before it is returned
	Will      Kind = 4 // as much as an argument says will be allocated: Cond is which
	FreesWill Kind = 5 // both Frees and Will
)

// Product as Site.Cond: the first two arguments multiplied.
const Product = 3

// NoReturn as Site.Up: it is not known where the return address lies.
const NoReturn = 0xffff

// Site is an instruction that is marked.
type Site struct {
	Offset uint64 // in the file
	Kind   Kind
	// Cond is the condition of a conditional jump, 0 to 15 as in its opcode, and 16: the
	// place means something only when that holds. 0: always. With Will it is the argument:
	// 0 to 2, or Product.
	Cond uint8
	Up   uint16 // bytes from the stack pointer to the return address
	// Outer: the function may have called malloc, and malloc's own site was passed.
	Outer bool
}

func (s Site) cookie() uint64 {
	c := uint64(s.Kind) | uint64(s.Cond)<<8 | uint64(s.Up)<<16
	if s.Outer {
		c |= 0x80
	}
	return c
}

// Alloc is one allocation.
type Alloc struct {
	Stack uint64 // key of its stack
	Size  uint64 // bytes that may be used
	At    int64  // CLOCK_MONOTONIC, nanoseconds
	GoID  uint64 // 0: of a thread that Go does not know
	TID   int    // as the kernel counts
}

// Stack is what led to allocations, and what it did.
type Stack struct {
	N, Bytes, Freed, FreedBytes uint64
	Go                          []uint64 // return addresses of the goroutine that called C, innermost first
	Caller                      uint64   // C code: where the allocating function returns to; 0: not known
	// Where the allocating function was when it was seen, and its registers.
	PC, SP, BP, BX, R12, R13, R14, R15 uint64
	C                                  []byte // the C stack from SP on, as it was at the first allocation
}
