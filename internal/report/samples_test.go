package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sampleNames are the recorded examinations in testdata.
var sampleNames = []string{"mutex", "deadlock", "busy", "healthy"}

// sample returns a recorded examination, and the report that belongs to it.
func sample(t testing.TB, name string) (*evidence.Evidence, *Report) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".evidence.json"))
	if err != nil {
		t.Fatal(err)
	}
	ev := new(evidence.Evidence)
	if err := json.Unmarshal(b, ev); err != nil {
		t.Fatal(err)
	}
	r := &Report{Target: ev.Target, Probes: []Probe{{Name: "stacks", TookMS: 512}}}
	samples[name](r)
	return ev, r
}

var samples = map[string]func(*Report){
	"mutex": func(r *Report) {
		count := Place{Function: "main.(*Store).Count", File: "store.go", Line: 51, Goroutine: 1, State: "sync.Mutex.Lock", Path: "/home/ann/src/orders/store.go"}
		sync := Place{Function: "main.(*Store).Sync", File: "store.go", Line: 88, Goroutine: 42, State: "IO wait", Path: "/home/ann/src/orders/store.go"}
		r.Probes = []Probe{{Name: "stacks", TookMS: 510, Stops: 3, StoppedMS: 1.8, MaxStopMS: 0.8}, {Name: "threads", TookMS: 4}}
		r.Findings = []Finding{
			{
				ID: "ui-blocked/mutex", Severity: P0, Confidence: 0.95, SinceMS: 12400,
				Title: text.T("finding.ui-blocked/mutex.title.blocker", "main.(*Store).Sync"),
				Where: &count, Blocker: &sync,
				Chain: []Link{
					{Place: count, WaitsFor: text.Literal("sync.Mutex 0xc000123450"), Confidence: 0.97},
					{Place: sync, WaitsFor: text.Literal("network: tcp 10.0.0.3:5432"), Confidence: 0.8},
				},
				Why: []text.Text{
					text.T("why.samples", 37, 38, text.Duration(380*time.Millisecond)),
					text.T("why.hold.between-lock-and-unlock", "main.(*Store).Sync", "sync.Mutex 0xc000123450", "store.go:88"),
					text.T("why.since.thread", text.Duration(12400*time.Millisecond)),
					text.T("why.queue", 2, "sync.Mutex 0xc000123450"),
				},
				Remedy: []text.Text{
					text.T("finding.ui-blocked/mutex.now", 42, "main.(*Store).Sync", "store.go:88"),
					text.T("finding.ui-blocked/network.now.remote", "10.0.0.3:5432"),
					text.T("finding.ui-blocked/mutex.change2", "main.(*Store).Sync"),
					text.T("finding.ui-blocked/mutex.change3", "main.(*Store).Count"),
				},
				Evidence: []string{"stacks", "threads"},
				Alternatives: []Alternative{
					{ID: "ui-blocked/mutex", Weight: 0.05, Title: text.T("finding.ui-blocked/mutex.title.blocker", "main.(*Store).Put"), Place: &Place{Function: "main.(*Store).Put", File: "store.go", Line: 63, Goroutine: 57}},
				},
			},
			{
				ID: "ui-thread/risky-call", Severity: P2, Confidence: 0.7,
				Title: text.T("finding.ui-thread/risky-call.title", "main.(*Settings).Save", "os.WriteFile"),
				Where: &Place{Function: "main.(*Settings).Save", File: "settings.go", Line: 19, Goroutine: 1},
			},
		}
		r.Limits = []Limit{{Probe: "native", Why: text.Literal("the C stacks were not read: no permission"), Help: text.Literal("sudo setcap cap_sys_ptrace+ep $(command -v gomedic)")}}
	},
	"deadlock": func(r *Report) {
		finish := Place{Function: "example.com/orders/internal/export.(*Job).Finish", File: "internal/export/job.go", Line: 72, Goroutine: 1, State: "sync.WaitGroup.Wait"}
		progress := Place{Function: "example.com/orders/internal/export.(*Job).progress", File: "internal/export/job.go", Line: 104, Goroutine: 7, State: "chan receive"}
		r.Probes = []Probe{{Name: "stacks", TookMS: 505}}
		r.Findings = []Finding{{
			ID: "ui-deadlock", Severity: P0, Confidence: 0.99, SinceMS: 200_000,
			Title: text.T("finding.ui-deadlock.title.callback", "export.(*Job).progress", "fyne.DoAndWait"),
			Where: &finish, Blocker: &progress,
			Chain: []Link{
				{Place: finish, WaitsFor: text.Literal("sync.WaitGroup 0xc0001a2040"), Confidence: 0.93},
				{Place: progress, WaitsFor: text.Literal("fyne.DoAndWait"), Confidence: 0.99},
				{Place: Place{Function: finish.Function, Goroutine: 1}, Cycle: true},
			},
			Why: []text.Text{
				text.T("why.cycle", 2, 1),
				text.T("why.waits-ui", 7, "fyne.DoAndWait"),
				text.T("why.object", "sync.WaitGroup 0xc0001a2040", "1 still to come"),
			},
			Remedy: []text.Text{
				text.T("finding.ui-deadlock.now", 4242),
				text.T("finding.ui-deadlock.change.fyne"),
			},
			Evidence: []string{"stacks"},
		}}
	},
	"busy": func(r *Report) {
		r.Probes = []Probe{{Name: "stacks", TookMS: 530, Stops: 50, StoppedMS: 21.4, MaxStopMS: 0.9}}
		r.Findings = []Finding{{
			ID: "ui-busy/cpu", Severity: P1, Confidence: 0.9, SinceMS: 490,
			Title: text.T("finding.ui-busy/cpu.title.share", "main.(*Maze).path", text.Percent(0.98)),
			Where: &Place{Function: "main.(*Maze).path", File: "maze.go", Line: 133, Goroutine: 18, State: "running"},
			Why: []text.Text{
				text.T("why.function", "main.(*Maze).path", text.Percent(1)),
				text.T("why.cpu", text.Percent(0.98)),
			},
			Remedy: []text.Text{
				text.T("finding.ui-busy/cpu.now"),
				text.T("remedy.change.async.ebitengine", "main.(*Maze).path"),
			},
			Evidence: []string{"stacks", "threads"},
		}}
	},
	"healthy": func(r *Report) {},
}

// golden compares got with a file of testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./internal/report -update writes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./internal/report -update writes it anew, then git diff):\n%s", path, got)
	}
}

// failAfter is a writer that takes n bytes and then has no space left.
type failAfter struct{ n int }

func (w *failAfter) Write(b []byte) (int, error) {
	if w.n -= len(b); w.n < 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return len(b), nil
}
