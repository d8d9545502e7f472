package gort

import "encoding/binary"

// Tables that the compiler keeps for the collector, by number (internal/abi/symtab.go,
// Go 1.21 to 1.27).
const (
	pcdataStackMap       = 1 // PCDATA_StackMapIndex
	funcdataArgsMaps     = 0 // FUNCDATA_ArgsPointerMaps
	funcdataLocalsMaps   = 1 // FUNCDATA_LocalsPointerMaps
	funcdataStackObjects = 2 // FUNCDATA_StackObjects
	funcArgs             = 8 // offset of _func.args

	argsUnknown = 1 << 31 // abi.ArgsSizeUnknown
)

// pcdata returns the value of one of the function's tables at pc, -1 if it has none.
func (f Func) pcdata(table uint32, pc uint64) int32 {
	if table >= f.u32(funcNPCData) {
		return -1
	}
	v, ok := f.pcValue(f.u32(funcFixed+4*table), pc)
	if !ok {
		return -1
	}
	return v
}

// funcdata returns the address of one of the function's constants (runtime.funcdata
// in runtime/symtab.go), 0 if it has none.
func (f Func) funcdata(i uint32) uint64 {
	npcdata := f.u32(funcNPCData)
	if f.m == nil || i >= uint32(f.u8(funcNFunc)) || npcdata > 1<<8 {
		return 0
	}
	off := f.u32(funcFixed + 4*npcdata + 4*i)
	if off == ^uint32(0) {
		return 0
	}
	return f.m.gofunc + uint64(off)
}

// deferReturn returns where the function goes on after a panic of which it
// recovered (_func.deferreturn), 0 if it defers nothing.
func (f Func) deferReturn() uint64 {
	if off := f.u32(funcDefer); off != 0 {
		return f.Entry + uint64(off)
	}
	return 0
}

// constant returns n bytes of constant data of the function's module.
func (f Func) constant(addr, n uint64) []byte {
	if f.m == nil || f.m.readOnly == nil {
		return nil
	}
	b := f.m.readOnly(addr, n)
	if uint64(len(b)) < n {
		return nil
	}
	return b[:n]
}

// bitmap returns bitmap i of a runtime.stackmap (runtime/symtab.go): n, nbit, and
// then n bitmaps of nbit bits. ok is false if there is no such map.
func (f Func) bitmap(addr uint64, i int32) (bits []byte, n int, ok bool) {
	const maxMaps, maxBits = 1 << 20, 1 << 27 // a frame of 1 GiB, the largest stack
	h := f.constant(addr, 8)
	if addr == 0 || h == nil {
		return nil, 0, false
	}
	count, nbit := int32(binary.LittleEndian.Uint32(h)), int32(binary.LittleEndian.Uint32(h[4:]))
	if count <= 0 || count > maxMaps || nbit < 0 || nbit > maxBits {
		return nil, 0, false
	}
	if nbit == 0 {
		return nil, 0, true
	}
	if i < 0 || i >= count {
		return nil, 0, false
	}
	size := (uint64(nbit) + 7) / 8
	bits = f.constant(addr+8+uint64(i)*size, size)
	return bits, int(nbit), bits != nil
}
