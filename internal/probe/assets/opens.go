package assets

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/assets/opens/bpf"
	"github.com/gomedic/gomedic/internal/probe/attach"
)

// workingFolder is a process's, "" where it cannot be read.
func workingFolder(pid int) string {
	d, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(d, " (deleted)")
}

// opensHeard is the listening to a process, while the rest is examined.
type opensHeard struct {
	listener *bpf.Listener
	err      error
	begun    time.Time
	heard    map[string]*heard
}

type heard struct {
	bpf.Open
	count int
}

// maxOpens bounds how many different paths are kept.
const maxOpens = 5000

func (x *examination) listen() *opensHeard {
	o := &opensHeard{begun: time.Now(), heard: map[string]*heard{}}
	if x.For <= 0 {
		o.err = errNotAsked
		return o
	}
	o.listener, o.err = bpf.Listen(x.PID)
	return o
}

var errNotAsked = errors.New("not asked for")

func (o *opensHeard) stop() {
	if o.listener != nil {
		_ = o.listener.Close()
		o.listener = nil
	}
}

func (o *opensHeard) read() error {
	return o.listener.Read(func(e bpf.Open) {
		if h := o.heard[e.Path]; h != nil {
			h.count++
		} else if len(o.heard) < maxOpens {
			o.heard[e.Path] = &heard{e, 1}
		}
	})
}

// take listens until the time is over, and notes what was heard.
func (x *examination) take(o *opensHeard) {
	defer o.stop()
	switch {
	case errors.Is(o.err, errNotAsked):
		return
	case errors.Is(o.err, syscall.EPERM), errors.Is(o.err, syscall.EACCES), errors.Is(o.err, fs.ErrPermission):
		self, err := os.Executable()
		if err != nil {
			self = "gomedic"
		}
		x.limit("opens-privilege", self)
		return
	case o.err != nil:
		x.limit("opens", o.err.Error())
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for left := x.For - time.Since(o.begun); left > 0; left = x.For - time.Since(o.begun) {
		x.Progress("assets.stage.opens", int(time.Since(o.begun)), int(x.For))
		if o.read() != nil {
			break
		}
		select {
		case <-tick.C:
		case <-x.ctx.Done():
			return
		}
		if _, err := os.Stat("/proc/" + strconv.Itoa(x.PID)); err != nil {
			break
		}
	}
	_ = o.read()
	x.r.Assets.Watched = time.Since(o.begun)
	var program *gort.Program
	if t, err := attach.Process(x.PID); err == nil {
		defer t.Close()
		program = t.Program
	}
	for _, h := range o.heard {
		x.r.Assets.Opens = append(x.r.Assets.Opens, x.open(h, program))
	}
	slices.SortFunc(x.r.Assets.Opens, func(a, b evidence.AssetOpen) int { return strings.Compare(a.Path, b.Path) })
}

// open says who asked for a file.
func (x *examination) open(h *heard, p *gort.Program) evidence.AssetOpen {
	e := evidence.AssetOpen{Path: strings.ToValidUTF8(h.Path, "\uFFFD"), Full: h.Path, Count: h.count}
	switch syscall.Errno(h.Errno) {
	case syscall.EACCES:
		e.Error = "EACCES"
	case syscall.ENOTDIR:
		e.Error = "ENOTDIR"
	default:
		e.Error = "ENOENT"
	}
	if !filepath.IsAbs(h.Path) && len(x.r.Assets.Folders) > 0 {
		e.Full = filepath.Join(x.r.Assets.Folders[0], h.Path)
	}
	e.Full = strings.ToValidUTF8(e.Full, "\uFFFD")
	if p == nil || len(h.Stack) == 0 {
		return e
	}
	e.Go = p.IsText(h.Stack[0])
	for i, pc := range h.Stack {
		if !p.IsText(pc) {
			continue
		}
		if i > 0 { // a return address
			pc--
		}
		for _, c := range p.CallsAt(pc) {
			if !x.mine(gort.Package(c.Function)) {
				continue
			}
			f := evidence.Frame{Function: c.Function, File: c.File, Line: c.Line, Package: gort.Package(c.Function), Origin: evidence.OriginUser}
			f.File = cmp.Or(x.short(f), f.File)
			e.At = &f
			return e
		}
	}
	return e
}
