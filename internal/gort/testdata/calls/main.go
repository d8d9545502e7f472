// Command calls has calls behind which a probe may, or may not, tell that they
// have returned.
package main

import (
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
)

var sink, other uint64

//go:noinline
func leaf(n uint64) { sink += n }

//go:noinline
func after() { other++ }

// straight: the call is always made, and another follows.
//
//go:noinline
func straight(n uint64) {
	leafStraight(n)
	after()
}

//go:noinline
func leafStraight(n uint64) { leaf(n) }

// sometimes: the instruction behind the call is also reached without it.
//
//go:noinline
func sometimes(n uint64) {
	if n%2 == 0 {
		leafSometimes(n)
	}
	after()
}

//go:noinline
func leafSometimes(n uint64) {
	leaf(n)
	leaf(n + 1)
}

// wrap does nothing but the call, and so does wrap2.
//
//go:noinline
func wrap(n uint64) { wrap2(n) }

//go:noinline
func wrap2(n uint64) { leafWrapped(n) }

//go:noinline
func leafWrapped(n uint64) { leaf(n) }

// early returns without the call, or right behind it.
//
//go:noinline
func early(n uint64) uint64 {
	if n == 3 {
		return sink
	}
	leafEarly(n)
	return 7
}

//go:noinline
func leafEarly(n uint64) { leaf(n) }

type drawer interface{ draw(n uint64) }

type picture struct{}

//go:noinline
func (*picture) draw(n uint64) {
	if n == 4 {
		after()
		return
	}
	leaf(n)
}

type nothing struct{}

//go:noinline
func (*nothing) draw(uint64) {}

// show calls whichever it is given.
//
//go:noinline
func show(d drawer, n uint64) { d.draw(n) }

// wide is code with the prefix VEX where GOAMD64 is v3.
//
//go:noinline
func wide(x, y, z float64, n, m uint64) (float64, uint64) {
	for i := range n % 7 {
		x = math.FMA(x, y, z)
		m = m&^n<<(i&63) + uint64(bits.TrailingZeros64(m))
		if m == 12 {
			return y, n
		}
	}
	return x, m
}

func main() {
	for n := range uint64(10) {
		straight(n)
		sometimes(n)
		wrap(n)
		after()
		early(n)
		after()
		show(&picture{}, n)
		show(&nothing{}, n)
		wide(1, 2, 3, n, n)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
