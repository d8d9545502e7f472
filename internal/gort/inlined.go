package gort

// inlineRanges tells for each pc which of a function's inlined callees it
// belongs to, as far as locks are concerned.
type inlineRanges struct {
	ends  []uint64 // exclusive, ascending
	ops   []string // the lock method, "" for none
	names []string // every inlined function's name
}

func (r inlineRanges) at(pc uint64) string {
	for i, end := range r.ends {
		if pc < end {
			return r.ops[i]
		}
	}
	return ""
}

// inlineRanges decodes the function's inlining table once, range by range.
func (p *Program) inlineRanges(f Func) inlineRanges {
	var r inlineRanges
	tree, ok := f.inlineTree()
	if !ok || f.u32(funcNPCData) <= pcdataInline {
		return r
	}
	table := f.u32(funcFixed + 4*pcdataInline)
	seen := map[string]bool{}
	f.ranges(table, func(end uint64, v int32) bool {
		op := ""
		for depth := 0; v >= 0 && depth < 64; depth++ {
			e := tree(uint32(v))
			if e == nil {
				break
			}
			name := f.m.name(le32(e[4:]))
			if !seen[name] {
				seen[name] = true
				r.names = append(r.names, name)
			}
			if _, is := lockCalls[name]; is {
				op = name // the outermost lock method decides: RWMutex before Mutex
			}
			parent := f.Entry + uint64(le32(e[8:]))
			if parent >= f.End {
				break
			}
			v, _ = f.pcValue(table, parent)
		}
		r.ends = append(r.ends, end)
		r.ops = append(r.ops, op)
		return len(r.ends) < 1<<16
	})
	return r
}

// ranges decodes a table from its start: each value and the pc where it ends.
func (f Func) ranges(table uint32, visit func(end uint64, v int32) bool) {
	if table == 0 || uint64(table) >= uint64(len(f.m.pctab)) {
		return
	}
	p, pc, val := f.m.pctab[table:], f.Entry, int32(-1)
	quantum := max(f.m.quantum, 1)
	for first := true; pc < f.End; first = false {
		uv, n := uvarint32(p)
		if n == 0 || uv == 0 && !first {
			return
		}
		p = p[n:]
		if uv&1 != 0 {
			uv = ^(uv >> 1)
		} else {
			uv >>= 1
		}
		val += int32(uv)
		d, n := uvarint32(p)
		if n == 0 {
			return
		}
		p = p[n:]
		pc += uint64(d) * quantum
		if !visit(pc, val) {
			return
		}
	}
}
