package gort

// StatusAt returns the id of the goroutine whose runtime.g lies at addr, and its
// state in the runtime's words. One that has ended is dead.
func (p *Program) StatusAt(addr uint64) (id uint64, status string, ok bool) {
	b := make([]byte, p.f.gSize)
	if p.mem.ReadAt(b, addr) != nil {
		return 0, "", false
	}
	var g Goroutine
	p.parse(&g, b)
	return g.ID, g.StatusName(), true
}
