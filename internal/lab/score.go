package lab

import "slices"

// Schema names the JSON form of a Result.
const Schema = "gomedic.lab/v1"

// The bars that a score must hold, in percent.
const (
	BarRecall  = 100.0
	BarPlace   = 100.0
	BarBlocker = 95.0
	BarFalse   = 0 // findings that must not be, a number
	BarLeak    = 95.0
)

// Score sums up outcomes. Shares are in percent; of nothing it is 100.
type Score struct {
	Faults     int     `json:"faults"`  // runs of sick programs
	Healthy    int     `json:"healthy"` // runs of healthy ones
	Found      int     `json:"found"`   // sick programs whose illness was found
	False      int     `json:"false"`   // P0 and P1 findings that must not be
	Recall     float64 `json:"recall"`
	Precision  float64 `json:"precision"` // found / (found + false)
	Place      float64 `json:"place"`
	Blocker    float64 `json:"blocker"`
	MedianMS   float64 `json:"median_ms"` // time to verdict
	SlowestMS  float64 `json:"slowest_ms"`
	LongestMS  float64 `json:"longest_stop_ms"` // the longest pause of any program
	BarsMissed []Bar   `json:"bars_missed"`     // of the leaks, too

	Leaks *LeakScore `json:"leaks,omitempty"` // nil when no leak was run
}

// LeakScore sums up what gomedic leak said. Shares are in percent.
type LeakScore struct {
	Faults    int     `json:"faults"`
	Stripped  int     `json:"stripped"` // of the faults
	Healthy   int     `json:"healthy"`
	Found     int     `json:"found"` // the right id
	False     int     `json:"false"` // findings above info on healthy programs
	Recall    float64 `json:"recall"`
	Chain     float64 `json:"chain"` // the right root chain
	Place     float64 `json:"place"` // the right function; no bar, it is not always known
	MedianMS  float64 `json:"median_ms"`
	SlowestMS float64 `json:"slowest_ms"`
	LongestMS float64 `json:"longest_stop_ms"`
}

// Bar names a figure that a score must reach.
type Bar string

// The bars.
const (
	MissedRecall  Bar = "recall"
	MissedFalse   Bar = "false"
	MissedPlace   Bar = "place"
	MissedBlocker Bar = "blocker"

	MissedLeak      Bar = "leak"
	MissedLeakChain Bar = "leak-chain"
	MissedLeakFalse Bar = "leak-false"
)

// Result is what a score says.
type Result struct {
	Schema  string    `json:"schema"`
	Runs    []Outcome `json:"runs"`
	Skipped []string  `json:"skipped,omitempty"` // runs that this user or system cannot make, and why
	Score   Score     `json:"score"`
}

// Sum returns the score of outcomes. What gomedic leak said is summed up apart.
func Sum(outcomes []Outcome) Result {
	var s Score
	var leaks LeakScore
	var place, blocker, leakPlace, chain share
	var took, leakTook []float64
	for _, o := range outcomes {
		wrong := len(o.False)
		if o.Healthy && o.Found == No && wrong == 0 {
			wrong = 1 // a healthy program that gave no report is not a pass
		}
		if o.Leak {
			leaks.add(o, wrong)
			leakPlace.add(o.Place)
			chain.add(o.Chain)
			leakTook = append(leakTook, o.TookMS)
			continue
		}
		s.False += wrong
		s.LongestMS = max(s.LongestMS, o.LongestStopMS)
		took = append(took, o.TookMS)
		if o.Healthy {
			s.Healthy++
			continue
		}
		s.Faults++
		if o.Found == Yes {
			s.Found++
		}
		place.add(o.Place)
		blocker.add(o.Blocker)
	}
	s.MedianMS, s.SlowestMS = middleAndMost(took)
	s.Recall = percent(s.Found, s.Faults)
	s.Precision = percent(s.Found, s.Found+s.False)
	s.Place, s.Blocker = place.percent(), blocker.percent()
	if leaks.Faults+leaks.Healthy > 0 {
		leaks.MedianMS, leaks.SlowestMS = middleAndMost(leakTook)
		leaks.Recall = percent(leaks.Found, leaks.Faults)
		leaks.Place, leaks.Chain = leakPlace.percent(), chain.percent()
		s.Leaks = &leaks
	}
	s.BarsMissed = s.missed()
	if outcomes == nil {
		outcomes = []Outcome{}
	}
	return Result{Schema: Schema, Runs: outcomes, Score: s}
}

// add counts one outcome, with so many findings that must not be.
func (s *LeakScore) add(o Outcome, wrong int) {
	s.LongestMS = max(s.LongestMS, o.LongestStopMS)
	s.False += wrong
	if o.Healthy {
		s.Healthy++
		return
	}
	s.Faults++
	if o.Build == Stripped {
		s.Stripped++
	}
	if o.Found == Yes {
		s.Found++
	}
}

// missed returns the bars that the score does not reach, in a fixed order.
func (s Score) missed() []Bar {
	missed := []Bar{}
	bar := func(name Bar, is bool) {
		if is {
			missed = append(missed, name)
		}
	}
	bar(MissedRecall, s.Recall < BarRecall)
	bar(MissedFalse, s.False > BarFalse)
	bar(MissedPlace, s.Place < BarPlace)
	bar(MissedBlocker, s.Blocker < BarBlocker)
	if s.Leaks != nil {
		bar(MissedLeak, s.Leaks.Recall < BarLeak)
		bar(MissedLeakChain, s.Leaks.Chain < BarLeak)
		bar(MissedLeakFalse, s.Leaks.False > BarFalse)
	}
	return missed
}

// middleAndMost returns the median of the times that are known, and the longest.
func middleAndMost(took []float64) (median, most float64) {
	took = slices.DeleteFunc(took, func(ms float64) bool { return ms <= 0 })
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1]
}

type share struct{ yes, all int }

func (s *share) add(m Mark) {
	if m == NotJudged || m == "" {
		return
	}
	s.all++
	if m == Yes {
		s.yes++
	}
}

func (s share) percent() float64 { return percent(s.yes, s.all) }

func percent(part, all int) float64 {
	if all == 0 {
		return 100
	}
	return 100 * float64(part) / float64(all)
}
