// Package gpu looks at what a program draws with, and at what the graphics driver said
// of it: the kernel log, the devices that the program has open, the libraries that it
// has mapped, the names that OpenGL and Vulkan have left in its memory, and the
// variables that choose a driver.
//
// It reads, touches nothing and stops nothing; most of it takes some milliseconds. What
// follows from it is said by internal/diagnose. Start at [Run].
package gpu

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Options says what is looked at.
type Options struct {
	Process *proc.Process // the target; nil: the log alone
	Log     string        // a recorded log instead of this machine's; "-" is standard input
	NoLog   bool          // no kernel log
	// Thorough searches more of the memory for the renderer's name: some hundred
	// milliseconds.
	Thorough bool
	Root     string // where /proc, /sys and /dev are found; empty: /
	Now      func() time.Time
}

// Result is what was found.
type Result struct {
	GPU    evidence.GPU
	Probe  report.Probe
	Limits []report.Limit
}

// name is the probe's name in reports.
const name = "gpu"

// Run looks. The error is of a log that was named and cannot be read, as fs.ErrNotExist
// or driverlog.ErrNoLog; what else cannot be read is a limit.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	start := time.Now()
	l := &look{o: o, ctx: ctx, res: &Result{}}
	l.res.GPU.At = o.Now()
	if o.Process != nil {
		l.process()
	}
	if err := l.log(); err != nil {
		return nil, err
	}
	l.res.GPU.Took = time.Since(start)
	l.res.Probe = report.Probe{Name: name, TookMS: float64(l.res.GPU.Took.Microseconds()) / 1000}
	return l.res, nil
}

// look is one look.
type look struct {
	o   Options
	ctx context.Context
	res *Result
}

// path is a path below the root that is looked at.
func (l *look) path(p string) string { return l.o.Root + p }

// of is a file of the target below /proc.
func (l *look) of(file string) string {
	return l.path("/proc/" + strconv.Itoa(l.o.Process.PID) + "/" + file)
}

// process looks at the target.
func (l *look) process() {
	g := &l.res.GPU
	g.Comm = strings.TrimSpace(read(l.of("comm")))
	g.Threads = append(g.Threads, l.o.Process.PID)
	workers := l.threads()
	l.environment()
	l.cards()
	l.open()
	l.mapped(workers)
}

// maxThreads bounds what is kept of the target's threads.
const maxThreads = 4096

// threads notes the target's threads; workers are those that a software rasteriser has
// started, by their names.
func (l *look) threads() (workers []string) {
	entries, err := os.ReadDir(l.of("task"))
	if err != nil {
		return nil
	}
	for _, e := range entries[:min(len(entries), maxThreads)] {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if tid != l.o.Process.PID {
			l.res.GPU.Threads = append(l.res.GPU.Threads, tid)
		}
		if comm := strings.TrimSpace(read(l.of("task/" + e.Name() + "/comm"))); toolkit.RasterThread(comm) {
			workers = append(workers, comm)
		}
	}
	return workers
}

// maxSmall bounds the small files of /proc and /sys.
const maxSmall = 1 << 20

// read returns a small file, empty where there is none.
func read(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var b strings.Builder
	buf := make([]byte, 1<<14)
	for b.Len() < maxSmall {
		n, err := f.Read(buf)
		b.Write(buf[:n])
		if err != nil || n == 0 {
			break
		}
	}
	return b.String()
}
