package wasm

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Namer tells the Go function that a module's function index stands for.
type Namer func(index int) (name, file string, line int, ok bool)

// names make frames of what V8 says of a module's functions: the index of a
// stripped module, or a name of its name section, in which the linker has replaced
// what is no letter, digit, dot or underscore (cmd/link/internal/wasm/asm.go).
type names struct {
	target *evidence.Target
	namer  Namer                     // nil: unknown
	frames map[string]evidence.Frame // by V8's name
	mangle map[string]evidence.Frame // by the name section's name
}

var notInNames = regexp.MustCompile(`[^\w.]`)

// newNames reads the functions of a program's memory. Without a function table
// only the name section's names are known.
func newNames(t *evidence.Target, funcs *gort.WasmFuncs, imports int) *names {
	n := &names{target: t, frames: map[string]evidence.Frame{}, mangle: map[string]evidence.Frame{}}
	if funcs == nil {
		return n
	}
	n.namer = func(index int) (string, string, int, bool) { return funcs.At(index, imports) }
	for i := range funcs.Len() {
		if name, file, line, ok := funcs.At(i, 0); ok {
			n.mangle[notInNames.ReplaceAllString(name, "_")] = n.frame(name, file, line)
		}
	}
	return n
}

func (n *names) frame(name, file string, line int) evidence.Frame {
	pkg := packageOf(name)
	return evidence.Frame{Function: name, File: file, Line: line, Package: pkg, Origin: toolkit.OriginOf(n.target, pkg, file)}
}

var indexed = regexp.MustCompile(`^wasm-function\[(\d+)\]$`)

// of is the frame of a function as V8 names it.
func (n *names) of(name string) evidence.Frame {
	if f, ok := n.frames[name]; ok {
		return f
	}
	f := n.find(name)
	if len(n.frames) < 1<<16 {
		n.frames[name] = f
	}
	return f
}

func (n *names) find(name string) evidence.Frame {
	if m := indexed.FindStringSubmatch(name); m != nil {
		index, err := strconv.Atoi(m[1])
		if err == nil && n.namer != nil {
			if name, file, line, ok := n.namer(index); ok {
				return n.frame(name, file, line)
			}
		}
		// A function of the linker's: the loop that resumes goroutines, entry points.
		return evidence.Frame{Function: clip(name), Origin: evidence.OriginRuntime}
	}
	if f, ok := n.mangle[name]; ok {
		return f
	}
	f := n.frame(clip(name), "", 0)
	if strings.HasPrefix(name, "wasm_") || !strings.Contains(name, ".") {
		f.Origin = evidence.OriginRuntime
	}
	return f
}

// packageOf is the package of a Go function's name.
func packageOf(function string) string {
	if i := strings.IndexByte(function, '['); i >= 0 {
		function = function[:i]
	}
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	if dot < 0 {
		return ""
	}
	return strings.ReplaceAll(function[:slash+dot], "%2e", ".")
}

// shares divides a task's time among the user's functions.
func (n *names) shares(t *evidence.PageTask, p *profile, from, to int64) {
	first, _ := slices.BinarySearchFunc(p.samples, from, func(s sample, at int64) int { return cmp.Compare(s.ts, at) })
	type tally struct {
		frame evidence.Frame
		count int
		doing map[string]int
	}
	by := map[string]*tally{}
	whole := map[int32]*tally{} // by node
	doing := map[int32]string{}
	inWasm := map[int32]bool{}
	all, wasm := 0, 0
	for _, s := range p.samples[first:] {
		if s.ts > to {
			break
		}
		all++
		k, seen := whole[s.node]
		if !seen {
			frames := n.goFrames(p.stack(int(s.node)))
			inWasm[s.node] = len(frames) > 0
			if i := toolkit.UserFrame(frames); i >= 0 {
				f := frames[i]
				if k = by[f.Function]; k == nil {
					k = &tally{frame: f, doing: map[string]int{}}
					by[f.Function] = k
				}
				if i > 0 {
					doing[s.node] = frames[i-1].Function
				}
			}
			whole[s.node] = k
		}
		if inWasm[s.node] {
			wasm++
		}
		if k != nil {
			k.count++
			if d := doing[s.node]; d != "" {
				k.doing[d]++
			}
		}
	}
	if all == 0 {
		return
	}
	t.Wasm = float64(wasm) / float64(all)
	for _, k := range by {
		share := evidence.TaskShare{Frame: k.frame, Share: float64(k.count) / float64(all)}
		most := 0
		for f, c := range k.doing {
			if c > most || c == most && f < share.Doing {
				share.Doing, most = f, c
			}
		}
		if most*2 < k.count {
			share.Doing = ""
		}
		t.Shares = append(t.Shares, share)
	}
	slices.SortFunc(t.Shares, func(a, b evidence.TaskShare) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Function, b.Function))
	})
	t.Shares = t.Shares[:min(len(t.Shares), maxShares)]
}

// goFrames are the frames of a stack that are the module's.
func (n *names) goFrames(stack []node) []evidence.Frame {
	var out []evidence.Frame
	for _, s := range stack {
		if s.wasm {
			out = append(out, n.of(s.function))
		}
	}
	return out
}

// A frame of a JavaScript stack that lies in a module:
//
//	at main.grow (wasm://wasm/0022866a:wasm-function[1042]:0x1f3)
//	at http://localhost/main.wasm:wasm-function[1042]:0x1f3
var wasmFrame = regexp.MustCompile(`^\s*at (?:(?:async )?([^\s(]+) \()?.*:(wasm-function\[\d+\]):0x[0-9a-f]+\)?$`)

// ofStack are the module's frames in the text of a JavaScript stack.
func (n *names) ofStack(text string) []evidence.Frame {
	var out []evidence.Frame
	for line := range strings.SplitSeq(text, "\n") {
		if len(out) >= 64 {
			break
		}
		if m := wasmFrame.FindStringSubmatch(line); m != nil {
			f := n.of(m[2])
			if f.File == "" && m[1] != "" {
				f = n.of(m[1])
			}
			out = append(out, f)
		}
	}
	return out
}
