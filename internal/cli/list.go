package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rivo/uniseg"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/frames"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/text"
)

// listFor is how long the list watches each UI.
const listFor = 350 * time.Millisecond

// entry is one program of the list.
type entry struct {
	PID            int     `json:"pid"`
	Name           string  `json:"name"`
	Go             string  `json:"go"`
	Toolkit        string  `json:"toolkit,omitempty"`
	ToolkitVersion string  `json:"toolkit_version,omitempty"`
	Stripped       bool    `json:"stripped"`
	UI             string  `json:"ui"` // responsive, busy, blocked, starting, none, unknown
	BlockedMS      int64   `json:"blocked_ms,omitempty"`
	FPS            float64 `json:"fps,omitempty"` // frames a second; 0: it drew none, or that was not seen
	TPS            float64 `json:"tps,omitempty"` // steps of a game a second
	Goroutines     int     `json:"goroutines,omitempty"`
	Heap           uint64  `json:"heap_bytes,omitempty"`
	RSS            uint64  `json:"rss_bytes"`
	Problem        string  `json:"problem,omitempty"` // why it could not be read
	StoppedMS      float64 `json:"stopped_ms"`
	problem        text.Text
}

// list prints the Go programs that this user may see.
func (a *app) list(ctx context.Context) error {
	pids, err := proc.All()
	if err != nil {
		return err
	}
	found := make([]*entry, len(pids))
	hidden := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i, pid := range pids {
		if pid == os.Getpid() {
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			p, err := proc.Open(pid)
			if err != nil {
				if proc.ReasonOf(err) == proc.Forbidden {
					mu.Lock()
					hidden++
					mu.Unlock()
				}
				if proc.ReasonOf(err) != proc.Traced {
					return
				}
				p = &proc.Process{PID: pid}
			}
			version, ok := attach.Quick(p.ExePath())
			if !ok {
				return
			}
			found[i] = a.look(ctx, p, version, err)
		})
	}
	wg.Wait()
	var entries []*entry
	for _, e := range found {
		if e != nil {
			entries = append(entries, e)
		}
	}
	if a.json {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		if entries == nil {
			entries = []*entry{}
		}
		return enc.Encode(struct {
			Schema    string   `json:"schema"`
			Processes []*entry `json:"processes"`
		}{"gomedic.list/v1", entries})
	}
	a.table(entries)
	if hidden > 0 && !a.quiet && os.Geteuid() != 0 {
		fmt.Fprintln(a.err, a.say("list.hidden", hidden))
	}
	return nil
}

// look examines one program briefly.
func (a *app) look(ctx context.Context, p *proc.Process, version string, openErr error) *entry {
	e := &entry{PID: p.PID, Name: p.Name, Go: version, RSS: p.RSS(), UI: "unknown"}
	cannot := func(err error) *entry {
		e.problem = failure(err).What
		e.Problem = e.problem.String()
		return e
	}
	if openErr != nil {
		return cannot(openErr)
	}
	t, err := attach.Process(p.PID)
	if err != nil {
		if proc.ReasonOf(err) == proc.Exited || proc.ReasonOf(err) == proc.Gone {
			return nil
		}
		return cannot(err)
	}
	defer t.Close()
	e.Name, e.Go, e.Stripped = t.ID.Name, t.ID.Go, t.ID.Stripped
	e.Toolkit, e.ToolkitVersion = t.ID.Toolkit, t.ID.ToolkitVersion
	e.Heap = t.Program.HeapLive()
	if t.Toolkit == nil {
		e.UI = "none"
		return e
	}
	target := stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
	drawn := make(chan *frames.Result, 1)
	go func() {
		fr, err := frames.Run(ctx, target, frames.Options{For: listFor, Quick: true, NoStop: true, Leave: true})
		if err != nil {
			fr = nil // the list says of the process what the other probe says
		}
		drawn <- fr
	}()
	res, err := stacks.Run(ctx, target, stacks.Options{For: listFor, NoTrace: true})
	fr := <-drawn
	if err != nil {
		return cannot(err)
	}
	if fr != nil && fr.Frames.Source == evidence.FromProbes {
		e.FPS, e.TPS, _ = diagnose.FrameRateOf(&evidence.Evidence{Target: t.ID, Frames: &fr.Frames})
	}
	e.Goroutines, e.StoppedMS = len(res.Freeze.Goroutines), res.Probe.StoppedMS
	state, since := diagnose.UIState(&evidence.Evidence{Target: t.ID, Freeze: &res.Freeze})
	e.UI, e.BlockedMS = state, since.Milliseconds()
	return e
}

// table prints the entries in columns.
func (a *app) table(entries []*entry) {
	if len(entries) == 0 {
		fmt.Fprintln(a.out, a.say("list.none"))
		return
	}
	rows := [][]string{{a.say("list.pid"), a.say("list.name"), a.say("list.go"), a.say("list.toolkit"),
		a.say("list.ui"), a.say("list.fps"), a.say("list.heap"), a.say("list.rss"), a.say("list.stripped")}}
	for _, e := range entries {
		kit := "-"
		if e.Toolkit != "" {
			kit = strings.TrimSpace(e.Toolkit + " " + strings.TrimPrefix(e.ToolkitVersion, "v"))
		}
		yes := a.say("list.no")
		if e.Stripped {
			yes = a.say("list.yes")
		}
		rows = append(rows, []string{fmt.Sprint(e.PID), e.Name, strings.TrimPrefix(e.Go, "go"), kit, a.uiState(e),
			rate(e.FPS), size(e.Heap), size(e.RSS), yes})
	}
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, s := range r {
			widths[i] = max(widths[i], uniseg.StringWidth(s))
		}
	}
	if a.quiet {
		rows = rows[1:]
	}
	for _, r := range rows {
		var b strings.Builder
		for i, s := range r {
			pad := strings.Repeat(" ", widths[i]-uniseg.StringWidth(s))
			right := i == 0 || i >= 5 && i <= 7
			switch {
			case right:
				b.WriteString(pad + s)
			case i == len(r)-1:
				b.WriteString(s)
			default:
				b.WriteString(s + pad)
			}
			if i < len(r)-1 {
				b.WriteString("  ")
			}
		}
		fmt.Fprintln(a.out, strings.TrimRight(b.String(), " "))
	}
}

func (a *app) uiState(e *entry) string {
	switch e.UI {
	case "none":
		return a.say("list.noui")
	case "blocked":
		return a.say("list.blocked", text.Duration(time.Duration(e.BlockedMS)*time.Millisecond))
	case "unknown":
		return a.say("list.unknown", e.problem)
	}
	return a.say("list." + e.UI)
}

// rate is a frame rate for people, "-" where none was seen.
func rate(fps float64) string {
	if fps <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", fps)
}

// size is a number of bytes for people.
func size(n uint64) string {
	switch {
	case n == 0:
		return "-"
	case n < 1<<20:
		return fmt.Sprintf("%d KB", n>>10)
	case n < 10<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n < 1<<30:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}
