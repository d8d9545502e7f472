// Package dev runs a program and keeps it at the state of its source: the core of
// gomedic dev. It watches the module, asks what kind of change a save is, and has the
// running program load the changed packages, or starts it anew beside the old one,
// which leaves once the new one has drawn. What it cannot do it says, and the program
// that was there goes on.
//
// It knows no toolkit: what happens in the program is package reload's. Start at [Run].
package dev

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/reload"
)

// Schema names the form of a Chain in JSON.
const Schema = "gomedic.reload/v1"

// Further stages, of a warm restart.
const (
	StageBuild = "build" // of the program as a whole
	StageSave  = "save"  // of its state
	StageStart = "start" // of the new process
	// StageRelated is the wait for files that belong to those that were saved.
	StageRelated = "related"
)

// ready is the action of a Chain that tells no change: all that the program is made of
// is known, and changes can be taken in.
const ready = "ready"

// Outcome says how a stage went.
type Outcome string

// The outcomes.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed" // what was there before goes on
	Skipped Outcome = "skipped"
)

// Step is one stage of a change.
type Step struct {
	Name    string  `json:"name"`
	TookMS  float64 `json:"took_ms"`
	Outcome Outcome `json:"outcome"`
	// Why, where it is not ok; Where is the place in the source, "file:line".
	Why   *text.Text `json:"why,omitempty"`
	Where string     `json:"where,omitempty"`
}

// Chain is what became of one save: each stage with its time.
type Chain struct {
	Schema  string            `json:"schema"`
	N       int               `json:"n"` // from 1
	At      time.Time         `json:"at"`
	Files   []string          `json:"files"` // relative to the module
	Action  string            `json:"action,omitempty"`
	Changes []classify.Change `json:"changes,omitempty"`
	Faults  []classify.Fault  `json:"faults,omitempty"` // places that do not compile
	More    int               `json:"more,omitempty"`   // such places that are not listed
	Steps   []Step            `json:"steps"`
	Outcome Outcome           `json:"outcome"`
	ID      string            `json:"id,omitempty"` // of a finding: reload/compile, reload/needs-restart, reload/leftover
	TookMS  float64           `json:"took_ms"`      // from the save to the first frame
	// Program is what the program itself tells of it.
	Program *reload.Record `json:"program,omitempty"`
	// Remains are live objects of generations that were replaced.
	Remains []Remain `json:"remains,omitempty"`
	// Torn: what was saved together was taken in twice.
	Torn *Torn `json:"torn,omitempty"`
	// CodeBytes is what all generations since the program was started take, which
	// cannot be given back.
	CodeBytes int64 `json:"code_bytes,omitempty"`
	// Package is where the generation's source and archives are.
	Package string `json:"package,omitempty"`
	// Of a change that waits: what differs from what runs, as a unified diff, and the
	// functions of the generation.
	Diff      string   `json:"diff,omitempty"`
	Functions []string `json:"functions,omitempty"`

	began time.Time // of the save
}

// Remain is objects of a package that was replaced, which something still refers to.
type Remain struct {
	Package string `json:"package"` // its path in its generation: gen/r3/PATH
	Objects int64  `json:"objects"` // of its types
	Bytes   int64  `json:"bytes"`   // that would be freed with them
	// Held is the chain of references by which one of them is held, in one line; with
	// Elsewhere it begins outside of what was replaced.
	Held      string `json:"held,omitempty"`
	Elsewhere bool   `json:"elsewhere,omitempty"`
}

// step runs f as a stage. A nil Text is success.
func (c *Chain) step(name string, f func() (*text.Text, string)) bool {
	began := time.Now()
	why, where := f()
	s := Step{Name: name, TookMS: ms(time.Since(began)), Outcome: OK, Why: why, Where: where}
	if why != nil {
		s.Outcome, c.Outcome = Failed, Failed
	}
	c.Steps = append(c.Steps, s)
	return why == nil
}

// again begins anew, with more files: what has taken time stays.
func (c *Chain) again() {
	c.Action, c.Changes, c.Faults, c.More, c.Outcome, c.Package = "", nil, nil, 0, "", ""
	for i := range c.Steps {
		if s := &c.Steps[i]; s.Outcome == Failed {
			s.Outcome, s.Why, s.Where = Skipped, nil, ""
		}
	}
}

// add adds a stage whose time is known.
func (c *Chain) add(name string, took time.Duration) {
	c.Steps = append(c.Steps, Step{Name: name, TookMS: ms(took), Outcome: OK})
}

// program adds what the program tells.
func (c *Chain) program(r *reload.Record) {
	c.Program = r
	for _, s := range r.Stages {
		step := Step{Name: s.Name, TookMS: s.TookMS, Where: s.Where, Outcome: OK}
		switch s.Outcome {
		case reload.Failed, reload.RolledBack:
			step.Outcome, c.Outcome = Failed, Failed
			why := text.Literal(s.Why)
			step.Why = &why
		case reload.Skipped, reload.Pending:
			step.Outcome = Skipped
		}
		c.Steps = append(c.Steps, step)
	}
	if r.Err() != nil {
		c.Outcome = Failed
	}
}

// end completes the record.
func (c *Chain) end() {
	c.TookMS = ms(time.Since(c.began))
	if c.Outcome == "" {
		c.Outcome = OK
	}
	switch {
	case len(c.Faults) > 0:
		c.ID = "reload/compile"
	case c.Action == classify.Restart.String():
		c.ID = "reload/needs-restart"
	case c.Program != nil && len(c.Program.Leftovers) > 0, len(c.Remains) > 0:
		c.ID = "reload/leftover"
	case c.Torn != nil:
		c.ID = "reload/torn-set"
	}
}

// Failure is the stage that failed, nil if none did.
func (c *Chain) Failure() *Step {
	at := slices.IndexFunc(c.Steps, func(s Step) bool { return s.Outcome == Failed })
	if at < 0 {
		return nil
	}
	return &c.Steps[at]
}

func (c *Chain) json() []byte {
	b, err := json.Marshal(c)
	if err != nil { // all of it is plain data
		return []byte(`{}`)
	}
	return b
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
