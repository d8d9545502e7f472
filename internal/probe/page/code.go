package page

import (
	"context"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// codeOf returns what gives programs their code: the module at an address, which is asked
// for when the code is needed for the first time, and once.
func codeOf(ctx context.Context, o wasm.Options, address func() string) func(*attach.Target) {
	var m *wasmfile.Module
	var image []byte
	asked := false
	return func(t *attach.Target) {
		t.Program.SetWasmCode(func() gort.WasmCode {
			if a := address(); !asked && (strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://")) {
				asked = true
				if m = wasm.FetchModule(ctx, o, a); m != nil {
					image, _ = m.Image()
				}
			}
			if m == nil || !t.Program.IsWasmImage(image) {
				return nil
			}
			return m
		})
	}
}
