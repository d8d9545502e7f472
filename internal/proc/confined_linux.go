package proc

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A program may confine itself to some system calls (seccomp(2)): its filter may end it
// for any other. So no call is injected into a thread that has one (mayCall). But a mere
// stop can be too much: a thread that is stopped in nanosleep, poll or a futex with a
// timeout goes on through restart_syscall, which its filter sees.

// Confined reports whether a thread of the program is confined to some system calls:
// gomedic then makes none in it. A thread may have confined itself alone, so all are
// asked.
func (p *Process) Confined() bool {
	tids, err := p.Threads()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(tids, func(tid int) bool {
		st, err := readThreadStatus(p.PID, tid)
		return err == nil && isConfined(st)
	})
}

func isConfined(status map[string]string) bool {
	s := status["Seccomp"]
	return s != "0" && s != ""
}

// patience bounds for how long a thread is waited for that must not be let go before it
// has come to its stop.
const patience = 10 * time.Second

// patient waits for a thread that is late to its stop, if it is confined: let go before
// it stands, it would go on in the way that settle spares it. The error is ErrNotStopped
// for any other.
func (p *Process) patient(tid int) (sig int, err error) {
	if st, err := readThreadStatus(p.PID, tid); err != nil || !isConfined(st) {
		return 0, ErrNotStopped
	}
	if sig, err = waitStopUntil(tid, time.Now().Add(patience)); err == nil && sig == 0 {
		p.settle(tid)
	}
	return sig, err
}

// ShadowStack reports whether the processor keeps the return addresses of the program a
// second time, and ends it where they differ: a call must not be carried out for it by
// the kernel, as for a probe that lies on one. What is injected calls nothing and
// returns from nothing.
func (p *Process) ShadowStack() bool {
	st, err := readStatus(p.PID)
	return err == nil && hasShadowStack(st)
}

// hasShadowStack reads what Documentation/arch/x86/shstk.rst describes.
func hasShadowStack(status map[string]string) bool {
	return slices.Contains(strings.Fields(status["x86_Thread_features"]), "shstk")
}

// filterSize bounds a filter: BPF_MAXINSNS in include/uapi/linux/bpf_common.h.
const filterSize = 4096

// filterAllows asks the filters of a thread that stands whether they let a call pass:
// all of them. known is false where they cannot be read: it takes CAP_SYS_ADMIN.
func filterAllows(tid int, d seccompData) (allowed, known bool) {
	const getFilter = 0x420c // PTRACE_SECCOMP_GET_FILTER
	code := make([]filterInsn, filterSize)
	for i := 0; ; i++ {
		n, _, errno := unix.Syscall6(unix.SYS_PTRACE, getFilter, uintptr(tid), uintptr(i), uintptr(unsafe.Pointer(&code[0])), 0, 0)
		switch {
		case errors.Is(errno, unix.ENOENT) && i > 0:
			return true, true
		case errno != 0 || int(n) > len(code):
			return false, false
		}
		verdict, ok := runFilter(code[:n], d.bytes())
		if !ok {
			return false, false
		}
		const allow, log, action = 0x7fff0000, 0x7ffc0000, 0xffff0000 // SECCOMP_RET_…
		if v := verdict & action; v != allow && v != log {
			return false, true
		}
	}
}

// seccompData is what a filter sees of a call (struct seccomp_data).
type seccompData struct {
	nr   int32
	arch uint32
	pc   uint64 // behind the instruction
	args [6]uint64
}

func (d *seccompData) bytes() []byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 64), uint32(d.nr))
	b = binary.LittleEndian.AppendUint32(b, d.arch)
	b = binary.LittleEndian.AppendUint64(b, d.pc)
	for _, a := range d.args {
		b = binary.LittleEndian.AppendUint64(b, a)
	}
	return b
}

// filterInsn is an instruction of classic BPF (struct sock_filter).
type filterInsn struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

// runFilter executes a filter, as kernel/seccomp.c has the kernel do it. ok is false for
// one that is none.
func runFilter(code []filterInsn, data []byte) (verdict uint32, ok bool) {
	var a, x uint32
	var mem [16]uint32
	for pc := 0; pc < len(code); pc++ { // jumps lead forward only
		in := code[pc]
		class, source := in.code&7, in.k
		if in.code&0x08 != 0 && (class == 4 || class == 5) { // BPF_X
			source = x
		}
		switch class {
		case 0, 1: // BPF_LD, BPF_LDX
			var v uint32
			switch in.code &^ 7 {
			case 0x20: // BPF_W | BPF_ABS
				if in.k&3 != 0 || int(in.k) > len(data)-4 {
					return 0, false
				}
				v = binary.LittleEndian.Uint32(data[in.k:])
			case 0x80: // BPF_W | BPF_LEN
				v = uint32(len(data))
			case 0x00: // BPF_IMM
				v = in.k
			case 0x60: // BPF_MEM
				if in.k >= uint32(len(mem)) {
					return 0, false
				}
				v = mem[in.k]
			default:
				return 0, false
			}
			if class == 0 {
				a = v
			} else {
				x = v
			}
		case 2, 3: // BPF_ST, BPF_STX
			if in.k >= uint32(len(mem)) {
				return 0, false
			}
			mem[in.k] = a
			if class == 3 {
				mem[in.k] = x
			}
		case 4: // BPF_ALU
			if a, ok = alu(in.code&0xf0, a, source); !ok {
				return 0, false
			}
		case 5: // BPF_JMP
			var is bool
			switch in.code & 0xf0 {
			case 0x00: // BPF_JA
				if in.k >= uint32(len(code)) {
					return 0, false
				}
				pc += int(in.k)
				continue
			case 0x10:
				is = a == source
			case 0x20:
				is = a > source
			case 0x30:
				is = a >= source
			case 0x40:
				is = a&source != 0
			default:
				return 0, false
			}
			if is {
				pc += int(in.jt)
			} else {
				pc += int(in.jf)
			}
		case 6: // BPF_RET
			if in.code&0x18 == 0x10 { // BPF_A
				return a, true
			}
			return in.k, true
		case 7: // BPF_MISC
			if in.code&0xf8 == 0x80 { // BPF_TXA
				a = x
			} else {
				x = a
			}
		}
	}
	return 0, false
}

func alu(op uint16, a, v uint32) (uint32, bool) {
	switch op {
	case 0x00:
		return a + v, true
	case 0x10:
		return a - v, true
	case 0x20:
		return a * v, true
	case 0x30:
		if v == 0 {
			return 0, false
		}
		return a / v, true
	case 0x40:
		return a | v, true
	case 0x50:
		return a & v, true
	case 0x60:
		return a << (v & 31), true
	case 0x70:
		return a >> (v & 31), true
	case 0x80:
		return -a, true
	case 0xa0:
		return a ^ v, true
	}
	return 0, false
}
