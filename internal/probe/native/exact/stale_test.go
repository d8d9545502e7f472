package exact_test

import (
	"testing"

	"github.com/gomedic/gomedic/internal/house/stamp"
)

// The code is what was made of the source.
func TestCodeIsFresh(t *testing.T) {
	stamp.Check(t, "hooks.stamp", "go generate ./internal/probe/native/exact", "gostack.h", "hooks.c", "hooks.ld", "hooks.bin", "preload.c", "preload.so")
}
