package reload

import (
	"bytes"
	"encoding/json"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
)

// goroutineGroup is the goroutines with the same labels and stack.
type goroutineGroup struct {
	count  int
	labels map[string]string
	frames []string // "function file:line", innermost first
}

// goroutines returns those of this program that have labels of a scope, by the
// goroutine profile. Its text is of runtime/pprof, printCountProfile (Go 1.26):
//
//	1 @ 0x47 0x48
//	# labels: {"key":"value"}
//	#	0x47	main.f+0x12	/src/main.go:9
func goroutines() []goroutineGroup {
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		return nil
	}
	return slices.DeleteFunc(parseGoroutines(b.String()), func(g goroutineGroup) bool { return g.labels[labelScope] == "" })
}

func parseGoroutines(profile string) []goroutineGroup {
	var all []goroutineGroup
	for block := range strings.SplitSeq(profile, "\n\n") {
		var g goroutineGroup
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			if n, _, ok := strings.Cut(line, " @ "); ok && !strings.HasPrefix(line, "#") {
				g.count, _ = strconv.Atoi(n)
			}
			if labels, ok := strings.CutPrefix(line, "# labels: "); ok {
				if json.Unmarshal([]byte(labels), &g.labels) != nil {
					g.labels = nil
				}
			}
			if f := strings.Split(line, "\t"); len(f) >= 4 && f[0] == "#" {
				name := f[2]
				if i := strings.LastIndex(name, "+0x"); i >= 0 {
					name = name[:i]
				}
				g.frames = append(g.frames, name+" "+f[len(f)-1])
			}
		}
		if g.count > 0 {
			all = append(all, g)
		}
	}
	return all
}

func (g goroutineGroup) leftover() Leftover {
	l := Leftover{Component: g.labels[LabelComponent], Start: g.labels[LabelStart], Count: g.count, Stack: strings.Join(g.frames, "\n")}
	l.Generation, _ = strconv.ParseUint(g.labels[LabelGeneration], 10, 64)
	for i, f := range g.frames {
		if i == 0 {
			l.Where = f
		}
		name, at, _ := strings.Cut(f, " ")
		file := at[:max(0, strings.LastIndexByte(at, ':'))]
		if own(runtime.Frame{Function: name, File: file}) {
			l.Where = f
			break
		}
	}
	return l
}
