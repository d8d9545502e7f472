// Package report holds what gomedic concludes, as plain data, and the ways to
// show it.
//
// A [Report] is one examination: the target's identity, the findings (worst
// first), what each probe cost, and what could not be done. The JSON form is the
// schema gomedic.report/v1, a promise to scripts: see docs/json.md. This package
// must not know how findings are made. Start at [Report] and [Finding].
package report

import (
	"sort"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Schema names the JSON form of a Report.
const Schema = "gomedic.report/v1"

// Severity says how bad a finding is for the person at the window.
type Severity string

// The severities, worst first.
const (
	P0   Severity = "P0"   // the user can no longer work
	P1   Severity = "P1"   // the user notices
	P2   Severity = "P2"   // it will hurt later
	Info Severity = "info" // worth knowing
)

// Rank orders severities: 0 is the worst.
func (s Severity) Rank() int {
	switch s {
	case P0:
		return 0
	case P1:
		return 1
	case P2:
		return 2
	}
	return 3
}

// Place is a line of code, and the goroutine that stands there.
type Place struct {
	Function  string `json:"function"`
	File      string `json:"file,omitempty"` // base name, or path within the module
	Line      int    `json:"line,omitempty"`
	Goroutine uint64 `json:"goroutine,omitempty"`
	State     string `json:"state,omitempty"` // the runtime's word: "IO wait", "sleep", "running"
	Path      string `json:"path,omitempty"`  // the file as the binary names it
}

// Finding is one conclusion.
type Finding struct {
	ID         string      `json:"id"`
	Severity   Severity    `json:"severity"`
	Title      text.Text   `json:"title"`
	Where      *Place      `json:"where,omitempty"`
	Blocker    *Place      `json:"blocker,omitempty"`
	SinceMS    int64       `json:"since_ms,omitempty"` // 0: unknown
	Confidence float64     `json:"confidence"`         // 0 to 1
	Why        []text.Text `json:"why"`
	Remedy     []text.Text `json:"remedy"`
	Evidence   []string    `json:"evidence"`

	// Chain is the wait-for chain from the UI goroutine to its end; the last
	// link of a cycle has Cycle set and names the goroutine it leads back to.
	Chain []Link `json:"chain,omitempty"`
	// Alternatives are other explanations of the same symptom, with their weight.
	Alternatives []Alternative `json:"alternatives,omitempty"`
	// Leak is what grows and the chain that holds it, in the family leak.
	Leak *Leak `json:"leak,omitempty"`
}

// Link is one step of a wait-for chain: a goroutine, and what it waits for.
type Link struct {
	Place
	WaitsFor   text.Text `json:"waits_for,omitzero"`   // "sync.Mutex 0xc000012345", "channel", "network"
	Via        text.Text `json:"via,omitzero"`         // how it leads to the next link, where it does not wait for it: "calls os.Open"
	Confidence float64   `json:"confidence,omitempty"` // that the next link is what it waits for
	Cycle      bool      `json:"cycle,omitempty"`
}

// Alternative is a second explanation that remains possible.
type Alternative struct {
	ID     string    `json:"id"`
	Weight float64   `json:"weight"` // 0 to 1; with the finding's own weight they add up to 1
	Title  text.Text `json:"title"`
	Place  *Place    `json:"place,omitempty"`
}

// Probe says what one probe cost.
type Probe struct {
	Name      string  `json:"name"`
	TookMS    float64 `json:"took_ms"`
	Stops     int     `json:"stops"`                     // how often a thread of the target was stopped
	StoppedMS float64 `json:"stopped_ms"`                // the sum of the stops
	MaxStopMS float64 `json:"longest_stop_ms,omitempty"` // the longest one
}

// Limit is something that could not be done, and what would help.
type Limit struct {
	Probe string    `json:"probe"`
	Why   text.Text `json:"why"`
	Help  text.Text `json:"help"`
}

// Report is one examination of one target.
type Report struct {
	Schema   string          `json:"schema"`
	Target   evidence.Target `json:"target"`
	Findings []Finding       `json:"findings"`
	Probes   []Probe         `json:"probes"`
	Limits   []Limit         `json:"limits"`
	Memory   *Memory         `json:"memory,omitempty"` // where memory was looked at
	Plugin   *Plugin         `json:"plugin,omitempty"` // where a plugin was compared with a program

	WasmFile *evidence.WasmFile `json:"wasm_file,omitempty"` // where the file of a WebAssembly module was examined
	Page     *Page              `json:"page,omitempty"`      // where a page was opened in a browser
	Safe     *evidence.Safe     `json:"safe,omitempty"`      // where a program was started in safe mode
	Assets   *Assets            `json:"assets,omitempty"`    // where resources were looked at
	Native   *Native            `json:"native,omitempty"`    // where C memory was looked at
	GPUCalls *GPUCalls          `json:"gpu_calls,omitempty"` // where calls into the graphics driver were watched
}

// Exit codes of every command.
const (
	ExitHealthy  = 0 // no finding, or only info
	ExitFindings = 1 // a finding of P2 or worse
	ExitFailed   = 2 // the command could not do its work
)

// ExitCode returns the exit code that the findings call for.
func (r *Report) ExitCode() int {
	for _, f := range r.Findings {
		if f.Severity.Rank() <= P2.Rank() {
			return ExitFindings
		}
	}
	return ExitHealthy
}

// Sort puts the worst finding first: by severity, then confidence, then id and
// place, so that the same evidence gives the same order.
func (r *Report) Sort() {
	sort.SliceStable(r.Findings, func(i, j int) bool {
		a, b := &r.Findings[i], &r.Findings[j]
		if x, y := a.Severity.Rank(), b.Severity.Rank(); x != y {
			return x < y
		}
		if a.Confidence != b.Confidence {
			return a.Confidence > b.Confidence
		}
		if a.ID != b.ID {
			return a.ID < b.ID
		}
		return placeKey(a.Where) < placeKey(b.Where)
	})
}

func placeKey(p *Place) string {
	if p == nil {
		return ""
	}
	return p.Function + p.File
}
