package gort

import "github.com/gomedic/gomedic/internal/proc"

// Memory is the memory that the program is read from.
func (p *Program) Memory() proc.Memory { return p.mem }

// HeapAddr is the address of runtime.mheap_.
func (p *Program) HeapAddr() (addr uint64, ok bool) {
	p.globals.heapOnce.Do(p.findHeap)
	off, known := p.Layout.Field("runtime.mheap", "arenas")
	if p.globals.arenas == 0 || !known {
		return 0, false
	}
	// findHeap may have found the address of the field's only element.
	return p.globals.arenas - uint64(off.Offset), true
}

// InTypes reports whether addr lies in the type data of a module.
func (p *Program) InTypes(addr uint64) bool { return p.typesOf(addr) != nil }

// AllG is the addresses of all goroutines' structures, dead ones too.
func (p *Program) AllG() []uint64 {
	addrs, err := p.allgs()
	if err != nil {
		return nil
	}
	return addrs
}
