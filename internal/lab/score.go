package lab

import "slices"

// Schema names the JSON form of a Result.
const Schema = "gomedic.lab/v1"

// The bars that a score must hold, in percent.
const (
	BarRecall  = 100.0
	BarPlace   = 100.0
	BarBlocker = 95.0
	BarFalse   = 0 // P0 and P1 findings that must not be, a number
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
	BarsMissed []Bar   `json:"bars_missed"`
}

// Bar names a figure that a score must reach.
type Bar string

// The bars.
const (
	MissedRecall  Bar = "recall"
	MissedFalse   Bar = "false"
	MissedPlace   Bar = "place"
	MissedBlocker Bar = "blocker"
)

// Result is what a score says.
type Result struct {
	Schema  string    `json:"schema"`
	Runs    []Outcome `json:"runs"`
	Skipped []string  `json:"skipped,omitempty"` // runs that this user or system cannot make, and why
	Score   Score     `json:"score"`
}

// Sum returns the score of outcomes.
func Sum(outcomes []Outcome) Result {
	s := Score{BarsMissed: []Bar{}}
	var place, blocker share
	var took []float64
	for _, o := range outcomes {
		s.False += len(o.False)
		s.LongestMS = max(s.LongestMS, o.LongestStopMS)
		if o.TookMS > 0 {
			took = append(took, o.TookMS)
		}
		if o.Healthy {
			s.Healthy++
			if o.Found == No && len(o.False) == 0 {
				s.False++ // a healthy program that gave no report is not a pass
			}
			continue
		}
		s.Faults++
		if o.Found == Yes {
			s.Found++
		}
		place.add(o.Place)
		blocker.add(o.Blocker)
	}
	slices.Sort(took)
	if len(took) > 0 {
		s.MedianMS, s.SlowestMS = took[len(took)/2], took[len(took)-1]
	}
	s.Recall = percent(s.Found, s.Faults)
	s.Precision = percent(s.Found, s.Found+s.False)
	s.Place, s.Blocker = percent(place.yes, place.all), percent(blocker.yes, blocker.all)
	for _, bar := range []struct {
		name   Bar
		missed bool
	}{
		{MissedRecall, s.Recall < BarRecall},
		{MissedFalse, s.False > BarFalse},
		{MissedPlace, s.Place < BarPlace},
		{MissedBlocker, s.Blocker < BarBlocker},
	} {
		if bar.missed {
			s.BarsMissed = append(s.BarsMissed, bar.name)
		}
	}
	if outcomes == nil {
		outcomes = []Outcome{}
	}
	return Result{Schema: Schema, Runs: outcomes, Score: s}
}

type share struct{ yes, all int }

func (s *share) add(m Mark) {
	if m == NotJudged {
		return
	}
	s.all++
	if m == Yes {
		s.yes++
	}
}

func percent(part, all int) float64 {
	if all == 0 {
		return 100
	}
	return 100 * float64(part) / float64(all)
}
