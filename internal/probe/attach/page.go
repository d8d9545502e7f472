package attach

import (
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
)

// Page recognises the Go program whose linear memory a page has. mem is kept and must
// not change. Errors: gort.ErrNotGo, *layout.UnknownVersionError,
// *gort.NoRuntimeError.
func Page(mem []byte) (*Target, error) {
	p, err := gort.OpenWasm(mem)
	if err != nil {
		return nil, err
	}
	t := &Target{Program: p, bin: p.Binary}
	t.ID = identity(p.Binary)
	t.ID.Kind, t.ID.Go, t.ID.Stripped = evidence.KindPage, p.GoVersion, false
	t.recognise()
	return t, nil
}
