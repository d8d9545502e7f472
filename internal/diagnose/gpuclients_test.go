package diagnose

import (
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// A wait for a GPU that works for another program says for which one.
func TestGPUClients(t *testing.T) {
	client := func(pid int, device string, busy float64) evidence.GPUClient {
		return evidence.GPUClient{PID: pid, Name: "p" + text.Percent(busy), Own: pid == 7, Driver: "amdgpu", Device: device, Busy: busy, Engine: "gfx"}
	}
	for name, c := range map[string]struct {
		software string
		clients  []evidence.GPUClient
		want     []string
		not      string
	}{
		"another keeps it busy":  {"", []evidence.GPUClient{client(7, "a", 0.1), client(8, "a", 0.8)}, []string{"10% of the time (gfx) for this program", "worked 80% of the time (gfx) for another program: p80% (pid 8)"}, ""},
		"another on another GPU": {"", []evidence.GPUClient{client(7, "a", 0.1), client(8, "b", 0.8)}, []string{"10% of the time"}, "another program:"},
		"another has little":     {"", []evidence.GPUClient{client(7, "a", 0.9), client(8, "a", 0.05)}, []string{"90% of the time"}, "another program:"},
		"the CPU draws":          {"llvmpipe", []evidence.GPUClient{client(7, "a", 0), client(8, "a", 0.8)}, nil, "another program:"},
		"nothing is known":       {"", nil, nil, "another program:"},
	} {
		ev := driverEvidence([]evidence.GPUCall{call("glFinish", evidence.GPUFinish, 0, 300, 12*time.Millisecond)}, nil)
		ev.GPUCalls.Software = c.software
		if c.clients != nil {
			ev.GPUCalls.Usage = &evidence.GPUUsage{Took: 5 * time.Second, Clients: c.clients}
		}
		out := Findings(ev)
		if len(out) != 1 {
			t.Fatalf("%s: %d findings", name, len(out))
		}
		var why []string
		for _, w := range out[0].Why {
			why = append(why, w.In(text.English))
		}
		all := strings.Join(why, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, all)
			}
		}
		if c.not != "" && strings.Contains(all, c.not) {
			t.Errorf("%s: %q is in\n%s", name, c.not, all)
		}
	}
}
