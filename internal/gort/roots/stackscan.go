package roots

import (
	"slices"

	"github.com/gomedic/gomedic/internal/gort"
)

// stackScan finds the roots on one stack as the collector does (scanstack in
// runtime/mgcmark.go): the words that the frames' maps call pointers, and the stack
// objects that these, or others of them, lead to.
type stackScan struct {
	*reader
	g    *gort.Goroutine
	base uint64 // of what was read
	mem  []byte // from the stack pointer to the top

	objects []stackObject // by address, once the frames are done
	// Pointers into the stack: those that are certain go first, so that an object
	// is read by its map rather than word by word.
	certain, likely []uint64
}

// stackObject is a variable whose address is taken.
type stackObject struct {
	addr  uint64
	frame int
	gort.StackObject
	done bool
}

// word returns the word at addr.
func (s *stackScan) word(addr uint64) (uint64, bool) {
	if addr < s.base || addr-s.base+8 > uint64(len(s.mem)) {
		return 0, false
	}
	return le64(s.mem[addr-s.base:]), true
}

// pointer takes a word that holds, or may hold, a pointer.
func (s *stackScan) pointer(root Root) {
	root.Goroutine = s.g
	v := root.Value
	switch {
	case v >= s.g.Stack.Lo && v < s.g.Stack.Hi:
		if root.Precise {
			s.certain = append(s.certain, v)
		} else {
			s.likely = append(s.likely, v)
		}
	case root.Precise:
		s.emit(root)
	default:
		if _, ok := s.p.FindObject(v); ok {
			s.emit(root)
		}
	}
}

// bits takes the words from addr on that a bitmap calls pointers.
func (s *stackScan) bits(addr uint64, bits []byte, n, frame int, precise bool) {
	for i := range n {
		if !gort.Bit(bits, i) {
			continue
		}
		at := addr + uint64(i)*8
		v, ok := s.word(at)
		if !ok {
			return
		}
		if v != 0 {
			s.pointer(Root{Kind: Stack, Slot: at, Value: v, Frame: frame, Precise: precise})
		}
	}
}

// all takes every word from lo to hi.
func (s *stackScan) all(lo, hi uint64, frame int) {
	lo = (max(lo, s.base) + 7) &^ 7
	hi = min(hi, s.base+uint64(len(s.mem)))
	for at := lo; at < hi && hi-at >= 8; at += 8 {
		v := le64(s.mem[at-s.base:])
		s.pointer(Root{Kind: Stack, Slot: at, Value: v, Frame: frame})
	}
}

// frames scans the frames of the stack. The first of them, as many as loose says,
// may stand at any instruction.
func (s *stackScan) frames(loose int) {
	frames := s.g.Frames
	next := s.base // what was scanned ends here
	for i := range frames {
		f := &frames[i]
		if f.CFA == 0 || f.CFA < f.SP || f.SP < next { // of unknown size, or no stack
			break
		}
		if f.SP > next && i > 0 { // frames that were left out of a very deep stack
			pair := [2]gort.Frame{frames[i-1]}
			s.p.FramesBetween(s.g, i-1, func(between gort.Frame) {
				if between.SP != next || between.CFA < between.SP {
					return
				}
				pair[1] = between
				s.frame(pair[:], 1, -1)
				next, pair[0] = between.CFA, between
			})
		}
		if f.SP > next {
			s.all(next, f.SP, -1)
			s.stats.Conservative++
		}
		next = f.CFA
		if i < loose {
			s.stats.Frames++
			s.whole(f, i)
			continue
		}
		s.frame(frames, i, i)
	}
	if top := s.base + uint64(len(s.mem)); next < top && (s.g.Cut != "" || len(frames) == 0 || next != frames[len(frames)-1].CFA) {
		s.all(next, top, -1)
		s.stats.Conservative++
	}
}

// frame scans frame i of some by its map, as the one of the goroutine that index says.
func (s *stackScan) frame(frames []gort.Frame, i, index int) {
	s.stats.Frames++
	fm := s.maps.Of(frames, i)
	switch {
	case fm.Dead:
	case fm.Unknown:
		s.whole(&frames[i], index)
	default:
		s.mapped(&frames[i], index, fm)
	}
}

// whole scans every word of a frame, and of its arguments.
func (s *stackScan) whole(f *gort.Frame, i int) {
	const most = 1 << 16 // bytes of the arguments of a reflected call
	s.stats.Conservative++
	s.all(f.SP, f.CFA, i)
	_, args := s.p.FrameBounds(f)
	n := f.Func.ArgBytes()
	if n == 0 {
		// Unknown, or none: those of a function that reflect made lie in the
		// caller's frame, which has no map for what it passes on.
		if name := f.Func.Name(); name == "reflect.makeFuncStub" || name == "reflect.methodValueCall" {
			n = s.reflected(f, most)
		}
	}
	s.all(args, args+n, i)
}

// reflected returns the size of the arguments and results of a function that
// reflect made: its frame begins with the address of a reflect.makeFuncImpl or
// methodValue, which has the bitmap of its arguments (runtime/stkframe.go,
// argMapInternal).
func (s *stackScan) reflected(f *gort.Frame, most uint64) uint64 {
	at := f.SP
	if s.p.Arch() == "arm64" {
		at += 8
	}
	off, ok1 := s.offset("runtime.reflectMethodValue", "stack")
	n, ok2 := s.offset("runtime.bitvector", "n")
	mv, ok3 := s.word(at)
	if !ok1 || !ok2 || !ok3 {
		return most
	}
	bv, ok := s.reader.mem.word(mv + off)
	if !ok {
		return most
	}
	words, ok := s.reader.mem.word32(bv + n)
	if !ok {
		return most
	}
	return min(uint64(words)*8, most)
}

// mapped scans a frame by its map.
func (s *stackScan) mapped(f *gort.Frame, i int, fm *gort.FrameMap) {
	vars, args := s.p.FrameBounds(f)
	s.bits(vars-uint64(fm.NLocals)*8, fm.Locals, fm.NLocals, i, true)
	s.bits(args, fm.Args, fm.NArgs, i, true)
	for _, o := range fm.Objects {
		base := vars
		if o.Off >= 0 {
			base = args
		}
		if addr := base + uint64(o.Off); addr >= f.SP && addr < s.g.Stack.Hi { // else it is not yet made
			s.objects = append(s.objects, stackObject{addr: addr, frame: i, StackObject: o})
		}
	}
}

// follow scans the stack objects that are in use: those that pointers lead to.
func (s *stackScan) follow() {
	slices.SortFunc(s.objects, func(a, b stackObject) int {
		switch {
		case a.addr < b.addr:
			return -1
		case a.addr > b.addr:
			return 1
		}
		return 0
	})
	for len(s.certain)+len(s.likely) > 0 {
		from := &s.certain
		if len(*from) == 0 {
			from = &s.likely
		}
		v := (*from)[len(*from)-1]
		*from = (*from)[:len(*from)-1]
		i, found := slices.BinarySearchFunc(s.objects, v, func(o stackObject, v uint64) int {
			switch {
			case o.addr < v:
				return -1
			case o.addr > v:
				return 1
			}
			return 0
		})
		if !found {
			i--
		}
		if i < 0 {
			continue
		}
		o := &s.objects[i]
		if o.done || v-o.addr >= max(o.Size, 1) {
			continue
		}
		o.done = true
		s.bits(o.addr, o.Mask, o.Words, o.frame, from == &s.certain)
	}
}
