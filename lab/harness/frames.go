package harness

import (
	"bufio"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// FramesFile is the environment variable that names the file for a program's own
// frame times; without it they are not taken. It is what gomedic's figures are
// compared with.
const FramesFile = "LAB_FRAMES"

// maxFrames bounds one program's log: 2,000 frames a second for its whole life.
const maxFrames = 1 << 18

// FrameLog takes a program's own frame times. The file has a comment that starts
// with #, which says what a frame of this toolkit is, and then one line for each
// frame:
//
//	KIND START END
//
// START and END are CLOCK_MONOTONIC in nanoseconds. Begin and End belong to one
// goroutine; they allocate nothing, make no system call and take no lock. A
// goroutine of its own writes what is new every half second, so that a killed
// program loses no more. All methods of a nil FrameLog do nothing.
type FrameLog struct {
	start time.Time
	mono  int64 // CLOCK_MONOTONIC at start
	all   []frame
	n     atomic.Int64
}

type frame struct {
	kind       string
	start, end int64
}

// Frames starts the log where LAB_FRAMES asks for one; else it returns nil.
// what says in one line what the program takes for a frame. Two signals then let
// the program look at itself; see observe.
func Frames(what string) *FrameLog {
	path := os.Getenv(FramesFile)
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Fprintf(f, "# %s\n# kind start_ns end_ns, CLOCK_MONOTONIC\n", what)
	var now unix.Timespec
	l := &FrameLog{all: make([]frame, maxFrames)}
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	l.start, l.mono = time.Now(), now.Nano()
	go l.write(bufio.NewWriter(f))
	observe()
	return l
}

// Begin returns the time now, for End.
func (l *FrameLog) Begin() int64 {
	if l == nil {
		return 0
	}
	return l.mono + int64(time.Since(l.start))
}

// End logs a frame, or a part of one, that ends now.
func (l *FrameLog) End(kind string, begin int64) {
	if l == nil {
		return
	}
	if n := l.n.Load(); n < maxFrames {
		l.all[n] = frame{kind, begin, l.Begin()}
		l.n.Store(n + 1)
	}
}

func (l *FrameLog) write(to *bufio.Writer) {
	written := int64(0)
	for range time.Tick(500 * time.Millisecond) {
		for ; written < l.n.Load(); written++ {
			f := l.all[written]
			fmt.Fprintln(to, f.kind, f.start, f.end)
		}
		to.Flush()
	}
}
