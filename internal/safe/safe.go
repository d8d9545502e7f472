// Package safe starts a program so that its window comes back: without the graphics
// driver that fails, with settings of its own, its cache aside. It knows a ladder of
// such ways, tries one after the other, and looks at the screen to see which works.
//
// Each switch that it sets really exists in the sources of Mesa, of the Vulkan loader or
// of the toolkit, in the version that the program has; the tables are in ladder.go. It
// prints nothing: what it did is an [evidence.Safe]. Start at [Run].
package safe

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Options say what is started and how.
type Options struct {
	Program  Program
	Env      []string      // of the program; nil: this process's
	From     string        // the rung to begin with; empty: the first
	Only     bool          // no further rungs
	Patience time.Duration // for a window, on each rung

	Stdin          *os.File
	Stdout, Stderr io.Writer
	// Told, if given, is called with each rung before it is tried, and with what came of it.
	Told func(rung *evidence.Rung, tried *evidence.Try)
	// Signals are those to pass on to the program; the channel is read only.
	Signals <-chan os.Signal
}

// Result is what it came to.
type Result struct {
	Safe evidence.Safe
	GPU  *evidence.GPU // of the last try
	Exit int           // the program's exit code, 128 and the signal's number where one ended it; if it ran
	Ran  bool          // it drew, or ended by itself without an error
}

// The ways in which nothing can be tried.
var (
	ErrNoDisplay  = errors.New("neither DISPLAY nor WAYLAND_DISPLAY is set")
	ErrNoServer   = errors.New("the display does not answer")
	ErrUnknown    = errors.New("there is no such rung")
	ErrOtherOS    = errors.New("safe mode is for Linux")
	ErrNotStarted = errors.New("the program could not be started")
)

// AsIs is the name of the rung that changes nothing. It is tried only when asked for.
const AsIs = "as-is"
