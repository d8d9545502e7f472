package proc

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// vectors returns what a thread's vector registers hold, and the rest of its extended
// state (NT_X86_XSTATE in ptrace(2)): the words that are not 0.
func vectors(tid int) []uint64 {
	var b [8192]byte // AVX-512 takes 2.7 kB, tiles of AMX 11
	iov := unix.Iovec{Base: &b[0], Len: uint64(len(b))}
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETREGSET, uintptr(tid), ntXState, uintptr(unsafe.Pointer(&iov)), 0, 0); errno != 0 {
		return nil
	}
	return nonZero(b[:min(iov.Len, uint64(len(b)))])
}

func registers(tid int) (Registers, error) {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return Registers{}, err
	}
	return Registers{
		PC: r.Rip, SP: r.Rsp, FP: r.Rbp, TLS: r.Fs_base, Syscall: int64(r.Orig_rax),
		All: []uint64{r.Rax, r.Rbx, r.Rcx, r.Rdx, r.Rsi, r.Rdi, r.Rbp, r.R8, r.R9,
			r.R10, r.R11, r.R12, r.R13, r.R14, r.R15},
	}, nil
}
