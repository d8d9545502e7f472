package cstack

// maxStackCopy is how much of a stack is copied: the C part of a Go thread's
// stack is seldom deeper, and it is one read of some ten microseconds.
const maxStackCopy = 256 << 10

// CopyStack reads the stack above r's stack pointer, to be called while the
// thread is stopped, and returns a memory that has this copy before the target's
// own: a thread that goes on while its stack is unwound would change it. Where
// the stack cannot be read the target's memory is returned as it is.
func (u *Unwinder) CopyStack(r Registers) Memory {
	if r.Arch == nil {
		return u.memory
	}
	sp := r.Value[r.Arch.sp]
	m := u.mapping(sp)
	if m == nil {
		return u.memory
	}
	b := make([]byte, min(m.End-sp, maxStackCopy))
	if u.memory.ReadAt(b, sp) != nil {
		return u.memory
	}
	return &stackCopy{Memory: u.memory, at: sp, bytes: b}
}

// UnwindFrom is Unwind with the stack read from a copy.
func (u *Unwinder) UnwindFrom(stack Memory, r Registers) Stack {
	own := u.memory
	u.memory = stack
	defer func() { u.memory = own }()
	return u.Unwind(r)
}

// stackCopy serves reads within the copy from it.
type stackCopy struct {
	Memory
	at    uint64
	bytes []byte
}

// ReadAt implements Memory.
func (c *stackCopy) ReadAt(p []byte, addr uint64) error {
	if offset := addr - c.at; addr >= c.at && offset < uint64(len(c.bytes)) && uint64(len(c.bytes))-offset >= uint64(len(p)) {
		copy(p, c.bytes[offset:])
		return nil
	}
	return c.Memory.ReadAt(p, addr)
}
