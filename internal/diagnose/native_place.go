package diagnose

import (
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// NativePlace is the line that a site is told by, for whoever lists them.
func NativePlace(t *evidence.Target, s *evidence.NativeSite) *report.Place {
	p, _ := nativePlace(t, s)
	return p
}

// nativePlace is the line that a site is told by: the user's own, else Go's nearest,
// else the C function.
func nativePlace(t *evidence.Target, s *evidence.NativeSite) (p *report.Place, isGo bool) {
	if goes := s.Stack[s.C:]; len(goes) > 0 {
		g := &evidence.Goroutine{}
		if len(s.Goroutines) == 1 {
			g.ID = s.Goroutines[0]
		}
		if i := toolkit.UserFrame(goes); i >= 0 {
			return place(t, written(goes[i:]), g), true
		}
		for i := range goes {
			if !toolkit.IsGenerated(goes[i]) && goes[i].Origin != evidence.OriginRuntime {
				return place(t, &goes[i], g), true
			}
		}
		return place(t, &goes[len(goes)-1], g), true
	}
	f := ownC(s.Stack)
	return &report.Place{Function: f.Function, File: f.File, Path: f.File}, false
}

// written is the function that a person wrote: cgo puts a call whose arguments it
// checks into a function literal, on the same line.
func written(frames []evidence.Frame) *evidence.Frame {
	f := &frames[0]
	for i := 1; i < len(frames); i++ {
		outer := &frames[i]
		rest, ok := strings.CutPrefix(f.Function, outer.Function+".func")
		if !ok || strings.Trim(rest, "0123456789") != "" || outer.Line != f.Line || outer.File != f.File {
			break
		}
		f = outer
	}
	return f
}

// ownC is the C function nearest to the trouble that is not the C library's.
func ownC(frames []evidence.Frame) *evidence.Frame {
	for i := range frames {
		if !ofLibc(&frames[i]) {
			return &frames[i]
		}
	}
	return &frames[len(frames)-1]
}

func ofLibc(f *evidence.Frame) bool {
	base := path.Base(f.File)
	for _, p := range []string{"libc.so", "libc-2", "ld-linux", "ld-musl", "libc.musl", "libjemalloc", "libmimalloc", "libtcmalloc", "libstdc++"} {
		if strings.HasPrefix(base, p) {
			return true
		}
	}
	switch f.Function { // of a program that is linked statically
	case "malloc", "calloc", "realloc", "__libc_malloc", "__libc_calloc", "__libc_realloc", "memalign", "posix_memalign", "strdup", "__strdup", "strndup", "operator new", "operator new[]":
		return true
	}
	return false
}

// calledFunction is the C function that the Go code called: by the name of cgo's stub.
func calledFunction(s *evidence.NativeSite) string {
	for _, f := range s.Stack[s.C:] {
		if _, name, ok := strings.Cut(f.Function, "._Cfunc_"); ok {
			switch name {
			case "CString", "CBytes", "GoString":
				return "C." + name
			case "_CMalloc":
				return "C.malloc"
			}
			return "C." + name
		}
		if !toolkit.IsGenerated(f) && f.Origin != evidence.OriginRuntime {
			break
		}
	}
	return ""
}
