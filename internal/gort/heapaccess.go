package gort

// AllG is the addresses of all goroutines' structures, dead ones too.
func (p *Program) AllG() []uint64 {
	addrs, err := p.allgs()
	if err != nil {
		return nil
	}
	return addrs
}
