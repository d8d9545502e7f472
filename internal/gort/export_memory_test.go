package gort

import "github.com/gomedic/gomedic/internal/proc"

// ByCode returns what MemProfileRate and mbuckets may be, found without symbols in
// a program that does not run, and what they are by its symbols.
func ByCode(bin *Binary, mem proc.Memory) (rates, buckets []uint64, rate, head uint64, err error) {
	p := &Program{Binary: bin, mem: mem, codeKnown: &codeKnown{sites: map[uint64]*site{}, refs: map[uint64][]uint64{}}}
	if err := p.findLayout(); err != nil {
		return nil, nil, 0, 0, err
	}
	if err := p.findModules(nil); err != nil {
		return nil, nil, 0, 0, err
	}
	return p.rateByCode(), p.bucketsByCode(), p.Symbol("runtime.MemProfileRate"), p.Symbol("runtime.mbuckets"), nil
}
