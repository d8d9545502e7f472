package lab

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/gomedic/gomedic/internal/text"
)

// WriteTable prints a result for people: one line for each run, what was wrong
// below it, and the sum; first of the freezes, then of the leaks.
func WriteTable(w io.Writer, lang text.Lang, r Result) error {
	say := func(key string, args ...any) string { return Say(lang, key, args...) }
	var freezes, leaks []Outcome
	for _, o := range r.Runs {
		if o.Leak {
			leaks = append(leaks, o)
		} else {
			freezes = append(freezes, o)
		}
	}
	var out strings.Builder
	if len(freezes) > 0 || len(leaks) == 0 {
		writeRuns(&out, say, freezes, "blocker", func(o Outcome) Mark { return o.Blocker })
	}
	if len(leaks) > 0 {
		if len(freezes) > 0 {
			out.WriteString("\n")
		}
		writeRuns(&out, say, leaks, "chain", func(o Outcome) Mark { return o.Chain })
	}
	for _, run := range r.Skipped {
		out.WriteString(say("skipped", run) + "\n")
	}
	out.WriteString("\n")
	writeSum(&out, say, r)
	_, err := io.WriteString(w, out.String())
	return err
}

// writeRuns writes one table. Its last mark is asked of each run, and has its name
// as a key of [Words].
func writeRuns(out *strings.Builder, say func(string, ...any) string, runs []Outcome, last string, of func(Outcome) Mark) {
	rows := [][]string{{say("name"), say("toolkit"), say("build"), say("user"), say("id"), say("found"), say("place"), say(last), say("took"), say("pause")}}
	for _, o := range runs {
		id := o.ID
		switch {
		case id == "" && o.Healthy && o.Found == Yes:
			id = say("healthy")
		case id == "":
			id = say("nothing")
		}
		rows = append(rows, []string{
			o.Name, o.Toolkit, say(string(o.Build)), say(string(o.User)), id,
			say(string(o.Found)), say(string(o.Place)), say(string(of(o))),
			fmt.Sprintf("%.1f s", o.TookMS/1000), fmt.Sprintf("%.1f ms", o.StoppedMS),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for column, cell := range row {
			pad := strings.Repeat(" ", widths[column]-uniseg.StringWidth(cell))
			if column >= len(row)-2 { // figures stand at the right
				line.WriteString(pad + cell + "  ")
			} else {
				line.WriteString(cell + pad + "  ")
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		if i > 0 {
			for _, f := range runs[i-1].False {
				out.WriteString("    " + say("false", f) + "\n")
			}
			if note := runs[i-1].Note; note != "" {
				out.WriteString("    " + note + "\n")
			}
		}
	}
}

func writeSum(out *strings.Builder, say func(string, ...any) string, r Result) {
	s := r.Score
	if len(r.Runs) == 0 {
		out.WriteString(say("sum.none") + "\n")
		return
	}
	if s.Faults+s.Healthy > 0 {
		out.WriteString(say("sum.recall", s.Recall, s.Found, s.Faults, s.Precision, s.False, s.Healthy) + "\n")
		out.WriteString(say("sum.place", s.Place, s.Blocker) + "\n")
		out.WriteString(say("sum.time", s.MedianMS/1000, s.SlowestMS/1000, s.LongestMS) + "\n")
	}
	if l := s.Leaks; l != nil {
		out.WriteString(say("sum.leaks", l.Recall, l.Found, l.Faults, l.Stripped, l.Chain, l.Place, l.False, l.Healthy) + "\n")
		out.WriteString(say("sum.time", l.MedianMS/1000, l.SlowestMS/1000, l.LongestMS) + "\n")
	}
	if len(s.BarsMissed) == 0 {
		out.WriteString(say("sum.held") + "\n")
		return
	}
	for _, bar := range s.BarsMissed {
		out.WriteString(say("sum.missed", say("missed."+string(bar))) + "\n")
	}
}

// writeProgress prints one outcome below its progress line.
func writeProgress(w io.Writer, lang text.Lang, o Outcome) {
	verdict := o.ID
	if verdict == "" {
		verdict = Say(lang, "nothing")
	}
	fmt.Fprintf(w, "    %s  %s  %.1f s\n", Say(lang, string(o.Found)), verdict, o.TookMS/1000)
	for _, f := range o.False {
		fmt.Fprintln(w, "    "+Say(lang, "false", f))
	}
	if o.Note != "" {
		fmt.Fprintln(w, "    "+o.Note)
	}
}

// WriteList prints the faults and what must be found.
func WriteList(w io.Writer, lang text.Lang, faults []Fault) error {
	width := 0
	for _, f := range faults {
		width = max(width, len(f.Name))
	}
	for _, f := range faults {
		want := Say(lang, "healthy")
		if !f.Healthy {
			want = f.ID[0]
		}
		if _, err := fmt.Fprintf(w, "%-*s  %-21s %s\n", width, f.Name, want, f.Illness); err != nil {
			return err
		}
	}
	return nil
}
