package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

func TestMemoryVerdictWords(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		name string
		v    MemoryVerdict
		en   string
		zh   string
		grow bool
	}{
		{"too early", MemoryVerdict{Needed: 3, Collections: 1}, "collections seen: 1; from 3 on, the trend of the live heap is known", "已见回收 1 次；满 3 次后才能判断存活堆的趋势", false},
		{"grows", MemoryVerdict{Needed: 3, Collections: 9, Over: 40 * time.Second, Live: evidence.Trend{Bytes: 1.2 * mb, Confidence: 0.9}},
			"live heap grows by 1.2 MiB/s over 40.0 s (confidence 0.90)", "存活堆在 40.0 秒 内以 1.2 MiB/s 增长（置信度 0.90）", true},
		{"never certain", MemoryVerdict{Collections: 9, Over: 40 * time.Second, Live: evidence.Trend{Bytes: 1 * mb, Confidence: 1}},
			"live heap grows by 1.0 MiB/s over 40.0 s (confidence 0.99)", "存活堆在 40.0 秒 内以 1.0 MiB/s 增长（置信度 0.99）", true},
		{"warms up", MemoryVerdict{Collections: 9, Over: 40 * time.Second, Live: evidence.Trend{Bytes: mb, Confidence: 0.2, Slows: true}},
			"live heap grew by 1.0 MiB/s and slows down, as in a warm-up", "存活堆曾以 1.0 MiB/s 增长，正在放缓，像是预热", false},
		{"steady, goroutines", MemoryVerdict{Collections: 9, Over: 40 * time.Second, Goroutines: evidence.Trend{PerSecond: 2.04, Confidence: 0.8}},
			"live heap does not grow, as of 9 collections over 40.0 s|goroutines grow by 2.0 a second (confidence 0.80)",
			"存活堆没有增长（40.0 秒 内 9 次回收）|goroutine 每秒增加 2.0 个（置信度 0.80）", true},
	} {
		if got := strings.Join(tt.v.Words(text.English), "|"); got != tt.en {
			t.Errorf("%s: %s", tt.name, got)
		}
		if got := strings.Join(tt.v.Words(text.Chinese), "|"); got != tt.zh {
			t.Errorf("%s: %s", tt.name, got)
		}
		if tt.v.Grows() != tt.grow {
			t.Errorf("%s: grows %v", tt.name, !tt.grow)
		}
	}
}

var memorySample = evidence.MemorySample{At: 12 * time.Second, HeapAlloc: 45 << 20, Objects: 1000, Live: 30 << 20, GC: 17, RSS: 88 << 20, Goroutines: 1}

func TestMemoryLog(t *testing.T) {
	var out bytes.Buffer
	l := NewMemoryLog(&out, text.English)
	l.Sample(&memorySample)
	l.Verdict(&MemoryVerdict{Needed: 3})
	want := "12.0 s  heap 45.0 MiB · live 30.0 MiB · RSS 88.0 MiB · 1 goroutine · 17 GCs\ncollections seen: 0; from 3 on, the trend of the live heap is known\n"
	if out.String() != want || l.Err() != nil {
		t.Errorf("%v\n%s", l.Err(), &out)
	}
}

// Each line is a JSON value of its own that says what it is, as the schema has it.
func TestMemoryStream(t *testing.T) {
	var out bytes.Buffer
	s := NewMemoryStream(&out, &evidence.Target{Name: "orders", PID: 4711})
	s.Sample(&memorySample)
	if err := s.End(&MemoryVerdict{Needed: 3}, &Report{}); err != nil {
		t.Fatal(err)
	}
	schema := schemaAt(t, "../../docs/schema/memory-v1.json")
	var keys []string
	for d := json.NewDecoder(&out); ; {
		var v map[string]any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Error(err)
		}
		for k := range v {
			if k != "target" {
				keys = append(keys, k)
			}
		}
	}
	if got := strings.Join(keys, " "); got != "schema sample verdict report" {
		t.Errorf("lines of %s", got)
	}
	if err := NewMemoryStream(full{}, &evidence.Target{}).End(&MemoryVerdict{}, &Report{}); err == nil {
		t.Error("a writer's error is lost")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
