package dev

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ever is longer than anything takes that is not broken.
const ever = 1 * time.Minute

// wait waits until a change waits.
func wait(t *testing.T, s *Server) *Pause {
	t.Helper()
	for end := time.Now().Add(ever); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		r, err := http.Get(s.URL() + "/paused")
		if err != nil {
			t.Fatal(err)
		}
		var p *Pause
		err = json.NewDecoder(r.Body).Decode(&p)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if p != nil {
			return p
		}
	}
	t.Fatal("nothing waits")
	return nil
}

func post(t *testing.T, s *Server, how string) {
	t.Helper()
	r, err := http.Post(s.URL()+"/"+how, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %s", how, r.Status)
	}
}

func TestServer(t *testing.T) {
	s, err := Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	get := func(host, origin, path string) *http.Response {
		q, err := http.NewRequest("GET", s.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			q.Host = host
		}
		if origin != "" {
			q.Header.Set("Origin", origin)
		}
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Body.Close() })
		return r
	}
	events := get("", "", "/events")
	s.Tell(&Chain{Schema: Schema, N: 7, Action: "swap", Outcome: OK, Steps: []Step{{Name: "watch", TookMS: 21, Outcome: OK}}})
	lines := bufio.NewScanner(events.Body)
	var data string
	for lines.Scan() {
		if d, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			data = d
			break
		}
	}
	var c Chain
	if err := json.Unmarshal([]byte(data), &c); err != nil || c.N != 7 || c.Schema != Schema {
		t.Errorf("the event is %q: %v", data, err)
	}
	var all []Chain
	if err := json.NewDecoder(get("", "", "/reloads").Body).Decode(&all); err != nil || len(all) != 1 || all[0].Action != "swap" {
		t.Errorf("the list is %+v: %v", all, err)
	}
	for _, from := range [][2]string{{"evil.example", ""}, {"", "http://evil.example"}} {
		if r := get(from[0], from[1], "/reloads"); r.StatusCode != http.StatusForbidden {
			t.Errorf("from %q: %s", from, r.Status)
		}
	}
	if r, err := http.Post(s.URL()+"/continue", "", nil); err != nil || r.StatusCode != http.StatusConflict {
		t.Errorf("nothing waits, and: %v %v", r, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if s.Wait(ctx, "load", &c) {
		t.Error("it went on by itself")
	}
	for _, address := range []string{"192.0.2.1:80", "nonsense", "0.0.0.0:0"} {
		if s, err := Listen(address); err == nil {
			s.Close()
			t.Errorf("it serves at %s", address)
		}
	}
}
