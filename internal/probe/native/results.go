package native

import (
	"slices"

	"github.com/gomedic/gomedic/internal/probe/native/bpf"
)

// results are the places that each way to a result passes, the cheapest.
func (f *flow) results() []found {
	var out []found
	seen := map[uint64]bool{}
	var visit func(at uint64)
	visit = func(at uint64) {
		i := f.ins[at]
		if i == nil || seen[at] || i.writes {
			return
		}
		seen[at] = true
		s := found{addr: at, up: bpf.NoReturn}
		if !i.upUnknown && i.up >= 0 && i.up < bpf.NoReturn {
			s.up = uint16(i.up)
		}
		switch {
		case i.ret:
			s.stepped = true
			out = append(out, s)
			return
		case i.cc != 0:
			jump, on := f.keeps(i.next[0]), f.keeps(i.next[1])
			switch {
			case jump && on:
				out = append(out, s)
				return
			case jump:
				s.cond = i.cc
				out = append(out, s)
				visit(i.next[1])
				return
			case on:
				s.cond = i.cc ^ 1 // the opposite condition
				out = append(out, s)
				visit(i.next[0])
				return
			}
		case i.emulated && i.final:
			out = append(out, s)
			return
		}
		for _, n := range i.next {
			visit(n)
		}
	}
	addrs := make([]uint64, 0, len(f.ins))
	for at := range f.ins {
		addrs = append(addrs, at)
	}
	slices.Sort(addrs)
	for _, at := range addrs {
		if i := f.ins[at]; i.writes && !i.zero {
			for _, n := range i.next {
				visit(n)
			}
		}
	}
	return f.needed(out)
}

// needed leaves out the places behind which each way passes another.
func (f *flow) needed(all []found) []found {
	always := map[uint64]bool{}
	for _, s := range all {
		always[s.addr] = s.cond == 0
	}
	return slices.DeleteFunc(all, func(s found) bool {
		from := f.ins[s.addr].next
		switch {
		case len(from) == 2 && s.cond == f.ins[s.addr].cc:
			from = from[:1]
		case len(from) == 2 && s.cond != 0:
			from = from[1:]
		}
		seen := map[uint64]bool{}
		var covered func(at uint64) bool
		covered = func(at uint64) bool {
			i := f.ins[at]
			if seen[at] || always[at] && at != s.addr {
				return true
			}
			seen[at] = true
			if i == nil || len(i.next) == 0 {
				return false
			}
			for _, n := range i.next {
				if !covered(n) {
					return false
				}
			}
			return true
		}
		if len(from) == 0 {
			return false
		}
		for _, n := range from {
			if !covered(n) {
				return false
			}
		}
		delete(always, s.addr)
		return true
	})
}
