package gort_test

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// le encodes numbers of 32 bits.
func le(words ...uint32) []byte {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

const none = ^uint32(0)

// function encodes a runtime._func with two pc tables and three constants: the bytes
// of its arguments, where it goes on after a panic, and where its tables and
// constants are.
func function(args, deferReturn, stackMapTable, argMaps, localMaps, objects uint32) []byte {
	b := le(0, 0, args, deferReturn, 0, 0, 0, 2 /* npcdata */, 0, 0, 0 /* … nfuncdata */, 0, stackMapTable, argMaps, localMaps, objects)
	b[43] = 3 // nfuncdata
	return b
}

func TestFrameMap(t *testing.T) {
	// From pc 0x1000 map -1 (none), from 0x1010 map 0, from 0x1020 map 1, to 0x1030.
	pctab := []byte{0, 0, 0x10, 2, 0x10, 2, 0x10, 0}
	const table, argMaps, localMaps, objects = 1, 0, 16, 32
	constants := slices.Concat(
		le(2, 2), []byte{0b01, 0b10}, make([]byte, 6),
		le(2, 3), []byte{0b101, 0b010}, make([]byte, 6),
		le(1, 0, uint32(1<<32-24), 24, 16, 64), make([]byte, 8), // one object: at -24, of 24 bytes, the first 16 with pointers
		[]byte{0b10, 0, 0, 0, 0, 0, 0, 0},
	)
	object := []gort.StackObject{{Off: -24, Size: 24, Mask: []byte{0b10}, Words: 2}}
	mapped := func(locals, args byte) *gort.FrameMap {
		return &gort.FrameMap{Locals: []byte{locals}, NLocals: 3, Args: []byte{args}, NArgs: 2, Objects: object}
	}
	full := function(16, 0, table, argMaps, localMaps, objects)
	const sp, cfa = 0x8000, 0x8040
	for _, c := range []struct {
		name     string
		function []byte
		pc, cfa  uint64
		want     *gort.FrameMap
	}{
		{"before its first instruction", full, 0x1000, sp + 8, &gort.FrameMap{Args: []byte{0b01}, NArgs: 2, Objects: object}},
		{"in its first instructions: the first map", full, 0x1008, cfa, mapped(0b101, 0b01)},
		{"the first map holds up to the next call", full, 0x1020, cfa, mapped(0b101, 0b01)},
		{"the second map", full, 0x1021, cfa, mapped(0b010, 0b10)},
		{"no arguments", function(0, 0, table, none, localMaps, none), 0x1021, cfa, &gort.FrameMap{Locals: []byte{0b010}, NLocals: 3}},
		{"a frame, and no map of it", function(0, 0, table, none, none, none), 0x1021, cfa, &gort.FrameMap{Unknown: true}},
		{"arguments, and no map of them", function(16, 0, table, none, localMaps, none), 0x1021, cfa, &gort.FrameMap{Unknown: true}},
		{"a map that is larger than the frame", full, 0x1021, sp + 24, &gort.FrameMap{Unknown: true}},
		{"a map that is larger than the arguments", function(8, 0, table, argMaps, localMaps, none), 0x1021, cfa, &gort.FrameMap{Unknown: true}},
		{"a list of objects outside of the constants", function(0, 0, table, none, localMaps, 1<<20), 0x1021, cfa, &gort.FrameMap{Unknown: true}},
	} {
		if got := gort.ReadFrameMap(c.function, pctab, constants, c.pc, sp, c.cfa); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func FuzzFrameMap(f *testing.F) {
	pctab := []byte{0, 0, 0x10, 2, 0x10, 2, 0x10, 0}
	f.Add(function(16, 0, 1, 0, 16, 32), pctab, make([]byte, 128), uint16(0x21), uint16(64))
	f.Add(function(1<<30, 7, 1, 0, 0, 0), pctab, le(none>>1, none>>1, none, 1), uint16(0x21), uint16(1<<15))
	f.Fuzz(func(t *testing.T, record, pctab, constants []byte, pc, size uint16) {
		const sp = 0x8000
		fm := gort.ReadFrameMap(record, pctab, constants, 0x1000+uint64(pc), sp, sp+uint64(size))
		if fm.NLocals*8 > int(size) || len(fm.Locals)*8 < fm.NLocals || len(fm.Args)*8 < fm.NArgs {
			t.Errorf("a frame of %d bytes has a map of %d words of %d bytes, and one of %d of %d", size, fm.NLocals, len(fm.Locals), fm.NArgs, len(fm.Args))
		}
		for _, o := range fm.Objects {
			if len(o.Mask)*8 < o.Words || uint64(o.Words)*8 > o.Size {
				t.Errorf("an object of %d bytes has %d words, of %d bytes", o.Size, o.Words, len(o.Mask))
			}
		}
	})
}
