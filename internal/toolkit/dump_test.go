package toolkit

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

var (
	headLine    = regexp.MustCompile(`^goroutine (\d+)(?: m=(\d+))? \[([^\],]+)([^\]]*)\]:$`)
	createdLine = regexp.MustCompile(`^created by (\S+)(?: in goroutine (\d+))?$`)
	placeLine   = regexp.MustCompile(`^\t(.*):(\d+)$`)
)

// readStacks reads a recorded stack file; origins are filled in for a program of
// the toolkit whose build info is gone.
func readStacks(t *testing.T, tk *Toolkit, name string) []evidence.Goroutine {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "stacks", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	target := &evidence.Target{Toolkit: tk.Name}
	var gs []evidence.Goroutine
	var last *evidence.Frame
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if m := headLine.FindStringSubmatch(line); m != nil {
			id, _ := strconv.ParseUint(m[1], 10, 64)
			g := evidence.Goroutine{ID: id, Locked: strings.Contains(m[4], "locked to thread")}
			switch m[3] {
			case "running", "runnable", "syscall":
				g.Status = m[3]
			default:
				g.Status, g.WaitReason = evidence.StatusWaiting, m[3]
			}
			gs = append(gs, g)
			continue
		}
		if m := placeLine.FindStringSubmatch(line); m != nil {
			last.File = m[1]
			last.Line, _ = strconv.Atoi(m[2])
			last.Package = PackageOf(last.Function)
			last.Origin = OriginOf(target, last.Package, last.File)
			continue
		}
		if line == "" || len(gs) == 0 {
			continue
		}
		g := &gs[len(gs)-1]
		if m := createdLine.FindStringSubmatch(line); m != nil {
			g.Created = &evidence.Frame{Function: m[1]}
			g.Parent, _ = strconv.ParseUint(m[2], 10, 64)
			last = g.Created
			continue
		}
		g.Frames = append(g.Frames, evidence.Frame{Function: strings.TrimSuffix(line, "(...)")})
		last = &g.Frames[len(g.Frames)-1]
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(gs) == 0 {
		t.Fatalf("%s: no goroutines", name)
	}
	return gs
}
