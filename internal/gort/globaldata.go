package gort

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"
	"sync"
)

// Global is a package variable.
type Global struct {
	Name    string // "main.cache", "fyne.io/fyne/v2/widget.current"
	Package string // import path
	Addr    uint64 // in the program's memory
	Size    uint64 // bytes, 0: not known
	Type    *Type  // nil: not known
}

// globalCache is what was found of the package variables.
type globalCache struct {
	once sync.Once
	list []Global

	usersOnce sync.Once
	users     *codeRefs
}

// Globals returns the package variables that the binary tells of, by address:
// with types where it has DWARF, else from its symbol table, by name and size;
// a stripped binary tells of none, see [Program.GlobalUsers]. They are read
// once. Do not change the list.
func (p *Program) Globals() []Global {
	p.globalData.once.Do(func() {
		list := p.dwarfGlobals()
		if list == nil {
			list = p.symbolGlobals()
		}
		slices.SortStableFunc(list, func(a, b Global) int { return cmp.Compare(a.Addr, b.Addr) })
		p.globalData.list = list
	})
	return p.globalData.list
}

// GlobalAt returns the package variable that contains addr.
func (p *Program) GlobalAt(addr uint64) (Global, bool) {
	list := p.Globals()
	i, found := slices.BinarySearchFunc(list, addr, func(g Global, a uint64) int { return cmp.Compare(g.Addr, a) })
	for found && i+1 < len(list) && list[i+1].Addr == addr {
		i++ // those without a size come first, or any of two names
	}
	if !found {
		i--
	}
	// Variables without a size, and those in which others lie, may stand between.
	const back = 8
	for n := 0; i >= 0 && n < back; i, n = i-1, n+1 {
		if g := list[i]; addr-g.Addr < max(g.Size, 1) {
			return g, true
		}
	}
	return Global{}, false
}

// maxGlobals bounds the list; large programs have 50,000.
const maxGlobals = 1 << 20

func (p *Program) dwarfGlobals() []Global {
	d := p.debugInfo()
	if d == nil || len(p.Modules) == 0 {
		return nil
	}
	vars := d.Variables()
	vars = vars[:min(len(vars), maxGlobals)]
	list := make([]Global, 0, len(vars))
	p.dwarf.mu.Lock()
	defer p.dwarf.mu.Unlock()
	for _, v := range vars {
		addr := v.Addr + p.bias
		if !p.isVariable(addr) {
			continue // the linker left it out, or it is read-only
		}
		g := Global{Name: unescapeName(v.Name), Package: Package(v.Name), Addr: addr, Type: p.dwarfTypeLocked(v.Type, 0)}
		if g.Type != nil {
			g.Size = g.Type.Size
		}
		list = append(list, g)
	}
	return list
}

// symbolGlobals takes the variables of the symbol table, where only DWARF was
// left out (-w).
func (p *Program) symbolGlobals() []Global {
	if p.Stripped || p.File == nil {
		return nil
	}
	syms, err := p.File.Symbols()
	if err != nil {
		return nil
	}
	var list []Global
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) != elf.STT_OBJECT || s.Size == 0 || len(list) >= maxGlobals || !p.isVariable(s.Value+p.bias) {
			continue
		}
		pkg := Package(s.Name)
		// The linker's own are called "go:main.inittasks", "runtime..inittask"; C's
		// have no package.
		if strings.Contains(s.Name, "..") || strings.HasPrefix(s.Name, "go:") || strings.HasPrefix(s.Name, "type:") || pkg == s.Name {
			continue
		}
		list = append(list, Global{Name: unescapeName(s.Name), Package: pkg, Addr: s.Value + p.bias, Size: s.Size})
	}
	return list
}

// unescapeName undoes the linker's escapes in the package of a name.
func unescapeName(name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	head := name
	if i := strings.IndexByte(head, '['); i >= 0 {
		head = head[:i]
	}
	slash := strings.LastIndexByte(head, '/') + 1
	dot := strings.IndexByte(head[slash:], '.')
	if dot < 0 {
		return name
	}
	return unescapePath(name[:slash+dot]) + name[slash+dot:]
}
