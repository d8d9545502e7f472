package gort_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// Where probes are placed, by what the code around the calls shows.
func TestProbeSites(t *testing.T) {
	for _, v := range []variant{plain, stripped, strippedPIE, {name: "v3"}} {
		t.Run(v.name, func(t *testing.T) {
			if v.name == "v3" {
				t.Setenv("GOAMD64", "v3")
			}
			p := start(t, build(t, "calls", v, "")).Program
			if p.Arch() != "amd64" {
				t.Skip("probes are for amd64")
			}
			fs := p.Lookup("main.leafStraight", "main.leafSometimes", "main.leafWrapped", "main.leafEarly", "main.(*picture).draw", "main.wide")
			for _, c := range []struct {
				function string
				in       []string // the functions that hold the places
				stepped  bool
			}{
				{"main.leafStraight", []string{"main.straight"}, false},
				{"main.leafSometimes", []string{"main.leafSometimes"}, true}, // its own RETs
				{"main.leafWrapped", []string{"main.main"}, false},           // the caller's caller's caller
				{"main.leafEarly", []string{"main.early"}, true},             // its RET, and no other of early
				{"main.(*picture).draw", []string{"main.(*picture).draw"}, true},
				{"main.wide", []string{"main.main"}, true}, // what follows is a jump's target
			} {
				f, ok := fs[c.function]
				if !ok {
					t.Fatalf("no %s", c.function)
				}
				entry, ok := p.EntrySite(f)
				if !ok || entry.Stepped || entry.Addr < f.Entry || entry.Addr >= f.End {
					t.Errorf("%s: entry %+v, %v", c.function, entry, ok)
				}
				sites := p.ReturnSites(f)
				if len(sites) == 0 {
					t.Errorf("%s returns nowhere", c.function)
				}
				for _, s := range sites {
					in, ok := p.FindFunc(s.Addr)
					if !ok || !slices.Contains(c.in, in.Name()) || s.Stepped != c.stepped {
						t.Errorf("%s returns at %+v in %s", c.function, s, in.Name())
					}
				}
				for _, s := range append(sites, entry) {
					if in, ok := p.FindFunc(s.Addr); !ok || !p.IsInstruction(in, s.Addr) {
						t.Errorf("%s: %#x is within an instruction", c.function, s.Addr)
					}
				}
			}
		})
	}
}

// An instruction that the decoder does not know must not be taken for others.
func TestInstructionSizes(t *testing.T) {
	for _, c := range []struct {
		code string
		size int
	}{
		{"\xc5\xf9\x6f\xc3", 4},                          // VMOVDQA X3, X0: ends like a RET
		{"\xc5\xf8\x77", 3},                              // VZEROUPPER
		{"\xc4\xe2\xf1\xb9\xc2", 5},                      // VFMADD231SD X2, X1, X0
		{"\xc4\xe2\xe8\xf2\x44\x24\x10", 7},              // ANDN 16(SP), DX, AX
		{"\xc5\xfe\x6f\x05\x11\x22\x33\x44", 8},          // VMOVDQU disp32(IP), Y0
		{"\xc4\xe3\x7d\x39\xc1\x01", 6},                  // VEXTRACTI128 $1, Y0, X1
		{"\xc5\xfd\x73\xd8\x08", 5},                      // VPSRLDQ $8, Y0, Y0
		{"\xc5\xfd\x6f\x84\x88\x00\x01\x00\x00", 9},      // VMOVDQA 256(AX)(CX*4), Y0
		{"\x62\xf1\x7c\x48\x10\x44\x24\x01", 8},          // VMOVUPS 64(SP), Z0
		{"\x62\xf3\xfd\x48\x3b\xc1\x01", 7},              // VEXTRACTI64X4 $1, Z0, Y1
		{"\xc3", 1},                                      // RET
		{"\x0f\x1f\x44\x00\x00", 5},                      // NOPL
		{"\xe8\x01\x02\x03\x04", 5},                      // CALL
		{"\xc5\xfb\x10\x04\x25\x00\x00\x00\x00", 9},      // VMOVSD disp32, X0: SIB without base
		{"\xc4\xc2\xc3\xf7\x13", 5},                      // SHRX DI, (R11), DX
		{"\xc4\xe2\xf9\xf7\x84\x24\x00\x01\x00\x00", 10}, // SHLX
	} {
		code := append([]byte(c.code), bytes.Repeat([]byte{0x90}, 8)...)
		if size, in, known := gort.Instruction(code); size != c.size {
			t.Errorf("% x: %d bytes (%v, %v), not %d", c.code, size, in, known, c.size)
		}
	}
}

// All of a program's own code is instructions, one behind the other, also where
// the compiler uses those that the decoder does not know.
func TestInstructionsOfAProgram(t *testing.T) {
	t.Setenv("GOAMD64", "v3")
	p := start(t, build(t, "calls", plain, "")).Program
	if p.Arch() != "amd64" {
		t.Skip("probes are for amd64")
	}
	wide, functions := 0, 0
	p.Functions(func(f gort.Func) bool {
		if !strings.HasPrefix(f.Name(), "main.") {
			return true
		}
		functions++
		for b := p.Code(f); len(b) > 0; {
			size, _, known := gort.Instruction(b)
			if size == 0 {
				t.Errorf("%s: % x is no instruction", f.Name(), b[:min(16, len(b))])
				break
			}
			if !known {
				wide++
			}
			b = b[size:]
		}
		return true
	})
	if wide == 0 || functions < 10 {
		t.Errorf("%d wide instructions in %d functions: does the test still see what it is for?", wide, functions)
	}
}
