package agent

import (
	"unsafe"

	"github.com/gomedic/gomedic/agent/wire"
)

// at is the i-th region of those that lie behind one another from first.
//
//go:nosplit
//go:norace
func at(first *wire.Region, i int) *wire.Region {
	return (*wire.Region)(unsafe.Add(unsafe.Pointer(first), uintptr(i)*unsafe.Sizeof(*first)))
}
