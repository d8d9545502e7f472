package gort_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
)

// A goroutine as text, one line a fact, so that two accounts of it can be
// compared: the runtime's own, and gort's.
type account struct {
	id     uint64
	head   string   // state, locked
	frames []string // "function file:line", with "fp sp pc" for physical frames
	elided int      // frames left out behind the first 50
	made   string   // created by
}

// shown is how many frames the runtime prints of each end of a deep stack
// (runtime.tracebackInnerFrames and tracebackOuterFrames).
const shown = 50

var (
	headRE   = regexp.MustCompile(`^goroutine (\d+) gp=0x[0-9a-f]+ m=.*?\[([^\]]*)\]`)
	posRE    = regexp.MustCompile(`^\t(.*?:\d+)(?: \+0x[0-9a-f]+)?(?: fp=(0x[0-9a-f]+) sp=(0x[0-9a-f]+) pc=(0x[0-9a-f]+))?$`)
	elidedRE = regexp.MustCompile(`^\.\.\.(\d+) frames elided\.\.\.$`)
	shapeRE  = regexp.MustCompile(`\[.*\]`)
)

// runtimeAccount reads what SIGQUIT makes a program print with GOTRACEBACK=system.
func runtimeAccount(dump string) map[uint64]account {
	all := map[uint64]account{}
	for part := range strings.SplitSeq(dump, "\n\n") {
		lines := strings.Split(strings.TrimSpace(part), "\n")
		m := headRE.FindStringSubmatch(lines[0])
		if m == nil || m[1] == "0" {
			continue
		}
		a := account{}
		a.id, _ = strconv.ParseUint(m[1], 10, 64)
		for i, w := range strings.Split(m[2], ", ") {
			if i == 0 || w == "locked to thread" {
				a.head += w + ";"
			}
		}
		for i := 1; i+1 < len(lines); i++ {
			if e := elidedRE.FindStringSubmatch(lines[i]); e != nil {
				a.elided, _ = strconv.Atoi(e[1])
				continue
			}
			pos := posRE.FindStringSubmatch(lines[i+1])
			if pos == nil {
				break // registers, after the stacks
			}
			if by, ok := strings.CutPrefix(lines[i], "created by "); ok {
				a.made = by + " " + pos[1]
			} else {
				name := lines[i][:strings.LastIndexByte(lines[i], '(')]
				a.frames = append(a.frames, frameLine(name, pos[1], pos[2:]...))
			}
			i++
		}
		if _, twice := all[a.id]; !twice {
			all[a.id] = a
		}
	}
	return all
}

func frameLine(function, at string, address ...string) string {
	return strings.TrimSpace(function + " " + at + " " + strings.Join(address, " "))
}

// printName is how the runtime prints a function's name (runtime.printFuncName).
func printName(name string) string {
	if name == "runtime.gopanic" {
		return "panic"
	}
	return shapeRE.ReplaceAllString(name, "[...]")
}

// accountOf is gort's view of a goroutine.
func accountOf(p *gort.Program, g *gort.Goroutine) account {
	a := account{id: g.ID, head: g.StatusName() + ";"}
	if g.WaitReason != "" {
		a.head = g.WaitReason + ";"
	}
	if g.Locked() {
		a.head += "locked to thread;"
	}
	for i := range g.Frames {
		f := &g.Frames[i]
		for _, c := range p.Calls(f) {
			var at []string
			if !c.Inlined {
				at = []string{fmt.Sprintf("%#x", f.CFA), fmt.Sprintf("%#x", f.SP), fmt.Sprintf("%#x", f.PC)}
			}
			a.frames = append(a.frames, frameLine(printName(c.Function), fmt.Sprintf("%s:%d", c.File, c.Line), at...))
		}
	}
	if c, ok := p.Site(g.GoPC); ok && g.ID != 1 {
		if f, ok := p.FindFunc(g.GoPC); ok { // the runtime prints the physical function
			a.made = printName(f.Name())
		}
		if g.Parent != 0 {
			a.made += fmt.Sprintf(" in goroutine %d", g.Parent)
		}
		a.made += fmt.Sprintf(" %s:%d", c.File, c.Line)
	}
	return a
}

// differences says in which facts gort and the runtime do not agree.
func differences(p *gort.Program, gs []*gort.Goroutine, want map[uint64]account) []string {
	var out []string
	diff := func(id uint64, what, got, want string) {
		if got != want {
			out = append(out, fmt.Sprintf("goroutine %d: %s: %s, the runtime says %s", id, what, got, want))
		}
	}
	seen := map[uint64]bool{}
	for _, g := range gs {
		w, ok := want[g.ID]
		seen[g.ID] = true
		if !ok {
			out = append(out, fmt.Sprintf("goroutine %d is unknown to the runtime: %v", g.ID, accountOf(p, g)))
			continue
		}
		got := accountOf(p, g)
		diff(g.ID, "state", got.head, w.head)
		diff(g.ID, "created by", got.made, w.made)
		diff(g.ID, "cut", g.Cut, "")
		if w.elided > 0 && len(got.frames) > 2*shown {
			n := len(got.frames)
			got.frames = append(got.frames[:shown:shown], got.frames[n-shown:]...)
		}
		for i := range max(len(got.frames), len(w.frames)) {
			at := func(f []string) string {
				if i < len(f) {
					return f[i]
				}
				return "no frame"
			}
			if at(got.frames) != at(w.frames) {
				diff(g.ID, fmt.Sprintf("frame %d", i), at(got.frames), at(w.frames))
				break
			}
		}
	}
	for id := range want {
		if !seen[id] {
			out = append(out, fmt.Sprintf("goroutine %d was not found", id))
		}
	}
	return out
}
