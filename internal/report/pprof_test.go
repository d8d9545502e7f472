package report

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleframes"
)

// The profile holds the time of the late frames, and nothing else.
func TestPprofSumsUpToTheLateFrames(t *testing.T) {
	ev := sampleframes.Make(5 * time.Second)
	var b bytes.Buffer
	if err := WritePprof(&b, &ev.Target, ev.Frames); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var want, got int64
	for _, l := range ev.Frames.Late {
		want += int64(l.End - l.Start)
	}
	frames, causes, samples := map[int64]bool{}, map[string]bool{}, int64(0)
	for _, s := range p.Sample {
		samples += s.Value[0]
		got += s.Value[1]
		frames[s.NumLabel["frame"][0]] = true
		causes[s.Label["cause"][0]] = true
	}
	if got != want || len(frames) != len(ev.Frames.Late) || samples == 0 || !causes[string(evidence.CauseLock)] {
		t.Errorf("%d ns of %d, %d frames of %d, %d samples, causes %v", got, want, len(frames), len(ev.Frames.Late), samples, causes)
	}
}

// go tool pprof reads it, and names the user's lines.
func TestGoToolPprofReadsIt(t *testing.T) {
	ev := sampleframes.Make(5 * time.Second)
	path := filepath.Join(t.TempDir(), "late.pb.gz")
	err := evidence.WriteFile(path, func(w io.Writer) error { return WritePprof(w, &ev.Target, ev.Frames) })
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "pprof", "-top", "-cum", "-lines", path)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Type: time", "main.(*Store).Count", "store.go:51", "(CPU taken by others)"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// A bundle of someone else's cannot make the profile fail.
func TestPprofOfOddFrames(t *testing.T) {
	f := &evidence.Frames{Stacks: [][]evidence.Frame{nil}, Late: []evidence.LateFrame{
		{}, {Shares: []evidence.FrameShare{{Took: -5, Stack: -1}, {Took: 9, Stack: 7, Place: 3}, {Took: 1, Stack: 0}}},
	}}
	if err := WritePprof(new(bytes.Buffer), &evidence.Target{}, f); err != nil {
		t.Error(err)
	}
}
