package reload

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The stages of a change, in their order. Those up to link are gomedic dev's, the
// others the program's.
const (
	StageWatch      = "watch"
	StageClassify   = "classify"
	StageCompile    = "compile"
	StageLink       = "link"
	StageLoad       = "load"
	StageTrial      = "trial"
	StageSwap       = "swap"
	StageFirstFrame = "first frame"
)

// Outcome says how a stage, or a change, went.
type Outcome string

// The outcomes.
const (
	OK         Outcome = "ok"
	Failed     Outcome = "failed"      // what was there before goes on
	RolledBack Outcome = "rolled back" // it was shown, and is no longer
	Skipped    Outcome = "skipped"     // there was nothing to do
	Pending    Outcome = "pending"     // no frame has been drawn yet
)

// Stage is one step of a change.
type Stage struct {
	Name    string  `json:"name"`
	TookMS  float64 `json:"took_ms"`
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why,omitempty"`
	Where   string  `json:"where,omitempty"` // "file:line"
}

// Record is what became of one change.
type Record struct {
	Generation uint64    `json:"generation"`
	At         time.Time `json:"at"`
	Outcome    Outcome   `json:"outcome"`
	Components []string  `json:"components,omitempty"` // that were replaced
	Stages     []Stage   `json:"stages,omitempty"`
	// Panic is set where code of the generation has panicked, and Back is then the
	// generation whose code runs again.
	Panic     *PanicError `json:"panic,omitempty"`
	Back      *uint64     `json:"back,omitempty"`
	Aside     []Aside     `json:"aside,omitempty"`     // what states have no place for any more
	Leftovers []Leftover  `json:"leftovers,omitempty"` // of a scope that has ended

	swappedAt time.Time
}

// stage runs f as a stage, and reports whether it went well.
func (r *Record) stage(name string, f func() (Outcome, error)) bool {
	began := time.Now()
	outcome, err := f()
	s := Stage{Name: name, TookMS: float64(time.Since(began).Microseconds()) / 1000, Outcome: outcome}
	if err != nil {
		s.Why = err.Error()
		var p *PanicError
		if errors.As(err, &p) {
			s.Where, r.Panic = p.Where, p
		}
	}
	r.Stages = append(r.Stages, s)
	if outcome != OK {
		r.Outcome = outcome
	}
	return outcome == OK
}

// Err is why the change did not go well, or nil.
func (r *Record) Err() error {
	if r.Outcome != Failed && r.Outcome != RolledBack {
		return nil
	}
	for _, s := range r.Stages {
		if s.Outcome == Failed || s.Outcome == RolledBack {
			return fmt.Errorf("%s: %s", s.Name, s.Why)
		}
	}
	if r.Panic != nil {
		return r.Panic
	}
	return errors.New(string(r.Outcome))
}

// String is one line, and one more for each thing that was kept aside or remains.
func (r *Record) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "generation %d", r.Generation)
	if len(r.Components) > 0 {
		fmt.Fprintf(&b, " of %s", strings.Join(r.Components, ", "))
	}
	fmt.Fprintf(&b, ": %s", r.Outcome)
	if r.Back != nil {
		fmt.Fprintf(&b, " to generation %d", *r.Back)
	}
	for i, s := range r.Stages {
		fmt.Fprintf(&b, "%s %s %.1f ms", map[bool]string{true: " ·", false: " →"}[i == 0], s.Name, s.TookMS)
		if s.Outcome != OK {
			fmt.Fprintf(&b, " %s", s.Outcome)
		}
	}
	if err := r.Err(); err != nil {
		fmt.Fprintf(&b, " · %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, a := range r.Aside {
		fmt.Fprintf(&b, "\n  %s", a)
	}
	for _, l := range r.Leftovers {
		fmt.Fprintf(&b, "\n  %s", l)
	}
	return b.String()
}
