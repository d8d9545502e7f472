package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/probe/assets"
	"github.com/gomedic/gomedic/internal/probe/assets/source"
	"github.com/gomedic/gomedic/internal/probe/plugin"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/image"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// failure turns an error of the rooms below into two lines for people.
func failure(err error) *report.Failure {
	var (
		known   *report.Failure
		pe      *proc.Error
		version *layout.UnknownVersionError
		space   *image.SpaceError
		noRT    *gort.NoRuntimeError
		file    *plugin.FileError
		program *assets.FileError
		project *source.LoadError
	)
	say := func(name string, args ...any) *report.Failure {
		hint := text.Text{}
		if _, ok := text.Find("hint." + name); ok {
			hint = text.T("hint."+name, args...)
		}
		return report.Fail(err, text.T("error."+name, args...), hint)
	}
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &pe):
		return processFailure(pe, say)
	case errors.As(err, &file):
		return pluginFailure(file, say)
	case errors.As(err, &program):
		return say("assets-"+string(program.Reason), program.Path, program.Detail)
	case errors.As(err, &project):
		return say("assets-load", project.Detail)
	case errors.As(err, &space):
		return say("heap-space", space.Path, size(uint64(space.Need)), size(uint64(space.Free)))
	case errors.As(err, &version):
		return say("version", version.Version, strings.Join(version.Known, ", "))
	case errors.Is(err, gort.ErrNotGo):
		return say("not-go")
	case errors.Is(err, gort.Err32Bit):
		return say("bits32")
	case errors.As(err, &noRT):
		return say("no-runtime", noRT.What)
	case errors.Is(err, proc.ErrReleased):
		return say("released")
	case errors.Is(err, driverlog.ErrNoLog):
		return say("no-log", pathOf(err))
	case errors.Is(err, syscall.ENOSPC):
		return say("disk-full")
	case errors.Is(err, context.Canceled):
		return say("cancelled")
	case errors.Is(err, fs.ErrNotExist):
		return say("no-file", pathOf(err))
	case errors.Is(err, fs.ErrPermission):
		return say("file-permission", pathOf(err))
	case errors.Is(err, evidence.ErrBundleTruncated):
		return say("bundle-truncated")
	case errors.Is(err, evidence.ErrBundleNewer):
		return say("bundle-newer")
	case errors.Is(err, evidence.ErrBundleTooLarge):
		return say("bundle-large")
	case errors.Is(err, evidence.ErrBundleForeign):
		return say("bundle-foreign")
	}
	if gort.IsBadData(err) {
		return say("bad-data")
	}
	return report.Fail(err, text.T("error.other", err.Error()), text.T("hint.other"))
}

// processFailure is failure for the reasons of package proc.
func processFailure(e *proc.Error, say func(string, ...any) *report.Failure) *report.Failure {
	switch e.Reason {
	case proc.NoMemory:
		return say("copy-memory", e.Detail)
	case proc.Seccomp:
		return say("copy-seccomp")
	case proc.NoPlace, proc.NoCopy:
		return say("copy-refused", copyDetail(e))
	case proc.Gone:
		return say("gone", e.PID)
	case proc.Exited:
		return say("exited", e.PID)
	case proc.Zombie:
		return say("zombie", e.PID)
	case proc.Kernel:
		return say("kernel", e.PID)
	case proc.Forbidden:
		return say("forbidden", e.PID, ownPath())
	case proc.Namespace:
		if e.Op == proc.OpSnapshot {
			return say("copy-refused", copyDetail(e))
		}
		return say("namespace", e.PID)
	case proc.Traced:
		return say("traced", e.PID, e.Detail)
	case proc.Bits32:
		return say("bits32")
	case proc.Unsupported:
		return say("unsupported")
	case proc.Truncated:
		if e.Op == image.Op {
			return say("heap-truncated", e.Detail)
		}
		return say("core-truncated", e.Detail)
	case proc.Damaged:
		return say("heap-damaged", e.Detail)
	case proc.Newer:
		return say("heap-newer", e.Detail)
	case proc.NotImage:
		return say("not-heap")
	case proc.OtherArch:
		return say("other-arch", e.Detail)
	case proc.NotCore:
		return say("not-core", e.Detail)
	case proc.Unreadable:
		return say("unreadable", e.Detail)
	}
	return report.Fail(e, text.T("error.other", e.Error()), text.T("hint.other"))
}

// pluginFailure is failure for files that are no host or no plugin.
func pluginFailure(e *plugin.FileError, say func(string, ...any) *report.Failure) *report.Failure {
	detail := e.Detail
	switch e.Reason {
	case plugin.Unreadable:
		if e.Err != nil {
			detail = e.Err.Error()
		}
	case plugin.NoPlugin, plugin.NoProgram:
		detail = cmp.Or(detail, "exe")
	}
	f := say("plugin-"+string(e.Reason), e.Path, detail)
	if f.Hint.IsZero() {
		f.Hint = text.T("hint.plugin-missing")
	}
	return f
}

// copyDetail says why no frozen copy can be made, as far as the system says.
func copyDetail(e *proc.Error) string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Detail != "":
		return e.Detail
	}
	return string(e.Reason)
}

func pathOf(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Path
	}
	return "?"
}
