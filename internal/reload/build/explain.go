package build

import (
	"errors"

	"github.com/gomedic/gomedic/internal/reload/listing"
	"github.com/gomedic/gomedic/internal/text"
)

// Explain says in words what stopped a build or a list, and what to do now: one line
// each. Both are empty for an error that is not of this package.
func Explain(err error) (what, do text.Text) {
	var dir *DirError
	var module *listing.BuildError
	var fault *CompileError
	var toolchain *ToolchainError
	switch {
	case errors.As(err, &toolchain):
		return text.T("reload.build.toolchain", toolchain.Host, toolchain.Here), text.T("reload.build.toolchain.do")
	case errors.Is(err, listing.ErrNoCompiler):
		return text.T("reload.build.compiler", err.Error()), text.T("reload.build.compiler.do")
	case errors.Is(err, ErrNoPlugins):
		return text.T("reload.build.cgo"), text.T("reload.build.cgo.do")
	case errors.Is(err, ErrFlags):
		return text.T("reload.build.flags", err.Error()), text.T("reload.build.flags.do")
	case errors.As(err, &dir):
		return text.T("reload.build.dir", dir.Err.Error()), text.T("reload.build.dir.do")
	case errors.As(err, &module):
		return text.T("reload.build.module", module.Detail), text.T("reload.build.module.do")
	case errors.As(err, &fault):
		return text.T("reload.build.fault", err.Error()), text.T("reload.build.fault.do")
	}
	return text.Text{}, text.Text{}
}

// LinkerText says which external linker is used, and what another would save.
func (b *Builder) LinkerText() text.Text {
	if b.linker == "default" {
		return text.T("reload.build.linker.default")
	}
	return text.T("reload.build.linker", b.linker)
}
