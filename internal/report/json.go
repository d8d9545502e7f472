package report

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the report as one JSON value in the schema gomedic.report/v1
// (docs/json.md, docs/schema/report-v1.json), indented, with a line break at the
// end. Sentences are English. The error is the writer's, or says which number
// JSON cannot hold.
func WriteJSON(w io.Writer, r *Report) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// MarshalJSON writes every list of the report, also an empty one, as an array,
// and fills in the schema's name.
func (r Report) MarshalJSON() ([]byte, error) {
	type fields Report // without this method
	f := fields(r)
	f.Schema = Schema
	f.Findings = array(f.Findings)
	f.Probes = array(f.Probes)
	f.Limits = array(f.Limits)
	return json.Marshal(f)
}

// MarshalJSON writes the lists of the finding, also empty ones, as arrays.
func (f Finding) MarshalJSON() ([]byte, error) {
	type fields Finding // without this method
	c := fields(f)
	c.Why = array(c.Why)
	c.Remedy = array(c.Remedy)
	c.Evidence = array(c.Evidence)
	return json.Marshal(c)
}

func array[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
