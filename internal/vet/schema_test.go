package vet

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/gomedic/gomedic/internal/report"
)

// The JSON of real findings is what docs/schema promises, and the same each time.
func TestJSONFollowsTheSchema(t *testing.T) {
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	b, err := os.ReadFile("../../docs/schema/report-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var first []byte
	for range 2 {
		r, err := Run(t.Context(), Options{Dir: "testdata/cases", Patterns: []string{"./found/..."}})
		if err != nil {
			t.Fatal(err)
		}
		r.Probes = nil // they say how long it took
		var out bytes.Buffer
		if err := report.WriteJSON(&out, r); err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(out.Bytes(), &value); err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(value); err != nil {
			t.Error(err)
		}
		if first != nil && !bytes.Equal(first, out.Bytes()) {
			t.Error("the same source gave two reports")
		}
		first = out.Bytes()
	}
}
