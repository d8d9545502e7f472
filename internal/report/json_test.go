package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/gomedic/gomedic/internal/evidence"
)

func publishedSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	return schemaAt(t, "../../docs/schema/report-v1.json")
}

// schemaAt reads a published schema. Here, and only here, it is made closed: a
// field that the schema does not describe fails.
func schemaAt(t *testing.T, path string) *jsonschema.Resolved {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	closeObjects(tree)
	if b, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	schema := new(jsonschema.Schema)
	if err := json.Unmarshal(b, schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range v {
			closeObjects(inner)
		}
	}
}

func asJSON(t *testing.T, r *Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func validate(t *testing.T, schema *jsonschema.Resolved, b []byte) error {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	if d.More() {
		t.Error("more than one JSON value")
	}
	return schema.Validate(value)
}

func TestJSONGoldenAndSchema(t *testing.T) {
	schema := publishedSchema(t)
	for _, name := range sampleNames {
		_, r := sample(t, name)
		b := asJSON(t, r)
		golden(t, name+".report.json", b)
		if err := validate(t, schema, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every field that a report can have is written and validated once.
func TestSchemaKnowsEveryField(t *testing.T) {
	r := new(Report)
	fill(reflect.ValueOf(r).Elem(), "P0")
	r.Target.Kind = evidence.KindProcess
	r.Findings[0].ID = "ui-deadlock"
	r.Findings[0].Leak.Chain[0].Leaks = evidence.LeaksYes
	r.Plugin.Missing[0].Kind = "symbol"
	if err := validate(t, publishedSchema(t), asJSON(t, r)); err != nil {
		t.Error(err)
	}
}

// fill sets every field below v to something that is not its zero value.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f, s)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Interface {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), s)
	case reflect.String:
		v.SetString(s)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint64:
		v.SetUint(1)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := publishedSchema(t)
	_, r := sample(t, "mutex")
	good := string(asJSON(t, r))
	for _, change := range [][2]string{
		{`"severity": "P0"`, `"severity": "P9"`},
		{`"confidence": 0.95`, `"confidence": 95`},
		{`"schema": "gomedic.report/v1"`, `"schema": "gomedic.report/v2"`},
		{`"stops": 3`, `"stops": "3"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("no %s in the sample", change[0])
		}
		if validate(t, schema, []byte(bad)) == nil {
			t.Errorf("the schema accepts %s", change[1])
		}
	}
}

// A script may index every list without asking whether it is there.
func TestJSONHasNoNull(t *testing.T) {
	for _, r := range []*Report{{}, {Findings: []Finding{{ID: "ui-deadlock"}}}} {
		b := asJSON(t, r)
		if bytes.Contains(b, []byte("null")) {
			t.Errorf("null in %s", b)
		}
		if !bytes.Contains(b, []byte(`"limits": []`)) || !bytes.Contains(b, []byte(`"schema": "gomedic.report/v1"`)) {
			t.Errorf("an empty report is %s", b)
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	_, r := sample(t, "mutex")
	first := asJSON(t, r)
	back := new(Report)
	if err := json.Unmarshal(first, back); err != nil {
		t.Fatal(err)
	}
	if second := asJSON(t, back); !bytes.Equal(first, second) {
		t.Errorf("read back and written again:\n%s\nwant\n%s", second, first)
	}
	if back.ExitCode() != ExitFindings {
		t.Errorf("exit code %d", back.ExitCode())
	}
}

func TestJSONSaysThatTheDiskIsFull(t *testing.T) {
	if err := WriteJSON(&failAfter{10}, &Report{}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestSortAndExitCode(t *testing.T) {
	r := &Report{Findings: []Finding{
		{ID: "b", Severity: Info},
		{ID: "c", Severity: P1, Confidence: 0.5},
		{ID: "z", Severity: P1, Confidence: 0.9},
		{ID: "a", Severity: P1, Confidence: 0.5},
	}}
	r.Sort()
	var ids string
	for _, f := range r.Findings {
		ids += f.ID
	}
	if ids != "zacb" {
		t.Errorf("order %s, want zacb", ids)
	}
	if (&Report{Findings: []Finding{{Severity: Info}}}).ExitCode() != ExitHealthy || r.ExitCode() != ExitFindings {
		t.Error("wrong exit codes")
	}
}
