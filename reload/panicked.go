package reload

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// PanicError is a panic that was recovered from.
type PanicError struct {
	Value any
	// Where is "file:line" of the innermost frame of the program's own code: not of the
	// standard library nor of a module that it depends on, unless there is nothing else.
	Where    string
	Function string
	Stack    string // of the goroutine, as the runtime prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v at %s", e.Value, e.Where) }

// Unwrap returns the value, if the panic was one with an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// newPanic is to be called in the deferred function that recovered.
func newPanic(value any) *PanicError {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	e := &PanicError{Value: value, Stack: string(debug.Stack())}
	raised := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic" || f.Function == "runtime.sigpanic":
			raised, e.Where = true, "" // what stands above has deferred, not panicked
		case raised && !strings.HasPrefix(f.Function, "runtime."):
			if e.Where == "" {
				e.Where, e.Function = place(f.File, f.Line), f.Function
			}
			if own(f) {
				e.Where, e.Function = place(f.File, f.Line), f.Function
				return e
			}
		}
		if !more {
			return e
		}
	}
}

func place(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

// foreign knows what code is not the program's own.
var foreign = sync.OnceValue(func() (known struct {
	goroot  string   // where the standard library's files are; "": paths are trimmed
	modules []string // that the program depends on, by path
	main    string
}) {
	f := runtime.FuncForPC(reflect.ValueOf(strings.Repeat).Pointer())
	file, _ := f.FileLine(f.Entry())
	known.goroot, _ = strings.CutSuffix(file, "strings/strings.go")
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return known
	}
	known.main = info.Main.Path
	for _, d := range info.Deps {
		if d.Replace == nil || d.Replace.Version != "" { // else a folder of the user's
			known.modules = append(known.modules, d.Path)
		}
	}
	return known
})

// own reports whether a frame is of the program's own code.
func own(f runtime.Frame) bool {
	known := foreign()
	within := func(module string) bool {
		return module != "" && (strings.HasPrefix(f.Function, module+".") || strings.HasPrefix(f.Function, module+"/"))
	}
	for _, m := range known.modules {
		if within(m) {
			return false
		}
	}
	if strings.HasPrefix(f.Function, thisPackage+".") && !strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	if known.goroot != "" {
		return !strings.HasPrefix(f.File, known.goroot)
	}
	first, _, path := strings.Cut(f.Function, "/")
	return strings.HasPrefix(f.Function, "main.") || within(known.main) || path && strings.Contains(first, ".")
}

// thisPackage is this package's import path.
var thisPackage = reflect.TypeFor[PanicError]().PkgPath()

// caller is "file:line" of who called the function that calls it, skip further up.
func caller(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 2)
	if !ok {
		return "?"
	}
	return place(file, line)
}

// guard runs f; a panic of it is an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newPanic(p)
		}
	}()
	return f()
}
