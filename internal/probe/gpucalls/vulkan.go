package gpucalls

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// The Vulkan loader keeps a table of the driver's functions for each device, in memory
// from malloc; the first word of a VkDevice, VkQueue and VkCommandBuffer leads there.
// Its exported functions go on through it, and look whether a number stands at its
// start (Vulkan-Loader, loader/vk_loader_layer.h, DEVICE_DISP_TABLE_MAGIC_NUMBER):
//
//	mov    (%rdi),%rax
//	movabs $0x10aded040410aded,%rdx
//	cmp    %rdx,(%rax)
//	jne    …
//	jmp    *0x20(%rax)
//
// What vkGetDeviceProcAddr gives to a program is, but for a few, what stands in the
// table: so the functions that the tables lead to see the calls of both kinds.

// mostScanned bounds the memory that is searched for tables.
const mostScanned = 1 << 30

// vulkan finds the functions that the loader's tables lead to.
func (f *found) vulkan(mem proc.Memory, maps []proc.Mapping, libs []*library) {
	var loader *library
	for _, l := range libs {
		if strings.HasPrefix(l.name, "libvulkan.so") && l.open() == nil && l.syms["vkQueueSubmit"] != 0 {
			loader = l
		}
	}
	if loader == nil {
		return
	}
	f.api("vulkan")
	places, magic := map[int]int64{}, uint64(0)
	for fn := range functions {
		if off := loader.syms[functions[fn].name]; off != 0 && functions[fn].api == apiVulkan {
			if disp, m, ok := through(loader.code(off)); ok && disp < 1<<16 {
				places[fn] = disp
				if m != 0 {
					magic = m
				}
			}
		}
	}
	any := false
	if magic != 0 {
		for _, table := range tables(mem, maps, magic) {
			any = f.table(mem, libs, loader, table, places) || any
		}
	}
	if any {
		return
	}
	// No device yet, or a loader whose tables cannot be told.
	f.pendingVulkan = true
	for fn := range functions {
		if off := loader.syms[functions[fn].name]; off != 0 && functions[fn].api == apiVulkan {
			f.put(loader, fn, off, true)
		}
	}
}

// table takes the functions of a table, if it is one of a device: then all that it has
// is code.
func (f *found) table(mem proc.Memory, libs []*library, loader *library, table uint64, places map[int]int64) bool {
	addrs := map[int]uint64{}
	for fn, disp := range places {
		var w [8]byte
		if mem.ReadAt(w[:], table+uint64(disp)) != nil {
			return false
		}
		addr := binary.LittleEndian.Uint64(w[:])
		if addr == 0 { // an extension that is not switched on
			continue
		}
		if l, _ := at(libs, addr); l == nil {
			return false
		}
		addrs[fn] = addr
	}
	any := false
	for fn := range functions {
		if addr := addrs[fn]; addr != 0 {
			if l, _ := at(libs, addr); l != loader {
				any = f.add(libs, fn, addr, false) || any
			}
		}
	}
	return any
}

// tables finds where in the program's own memory the number stands.
func tables(mem proc.Memory, maps []proc.Mapping, magic uint64) (out []uint64) {
	const piece, most = 4 << 20, 64
	var want [8]byte
	binary.LittleEndian.PutUint64(want[:], magic)
	buf := make([]byte, piece)
	left := uint64(mostScanned)
	for i := range maps {
		m := &maps[i]
		if !m.Read || !m.Write || m.Shared || m.Inode != 0 || m.Start>>32 == 0xc0 || // Go's heap
			m.Path != "" && m.Path != "[heap]" && !strings.HasPrefix(m.Path, "[anon") {
			continue
		}
		for at := m.Start; at < m.End && left > 0 && len(out) < most; at += piece {
			b := buf[:min(piece, m.End-at, left)]
			left -= uint64(len(b))
			if mem.ReadAt(b, at) != nil {
				continue
			}
			for from := 0; ; {
				k := bytes.Index(b[from:], want[:])
				if k < 0 {
					break
				}
				if from += k; from%8 == 0 {
					out = append(out, at+uint64(from))
				}
				from++
			}
		}
	}
	return out
}
