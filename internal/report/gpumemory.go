package report

import (
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// GPUMemory is the device memory that was allocated at one place.
type GPUMemory struct {
	Place  *Place `json:"place,omitempty"`
	Yours  bool   `json:"yours,omitempty"`
	Pieces int    `json:"pieces"` // that were not freed
	Bytes  uint64 `json:"bytes"`
	Most   uint64 `json:"most"` // bytes at any time
}

// GPUClient is a process that has a GPU open.
type GPUClient struct {
	PID    int         `json:"pid"`
	Name   string      `json:"name,omitempty"`
	Own    bool        `json:"own,omitempty"` // it is the program
	Driver string      `json:"driver"`
	Device string      `json:"device"`
	Busy   float64     `json:"busy"` // part of the time in which its busiest engine worked for the process
	Engine string      `json:"engine,omitempty"`
	Memory []GPURegion `json:"memory,omitempty"`
}

// GPURegion is memory of one kind, bytes.
type GPURegion struct {
	Region   string `json:"region"`
	Resident uint64 `json:"resident"`
	Total    uint64 `json:"total,omitempty"`
}

// GPUCard is a card's own memory, bytes.
type GPUCard struct {
	Name  string `json:"name"`
	Total uint64 `json:"total"`
	Used  uint64 `json:"used"`
}

// addMemory adds what is known of the GPU's memory and of who uses it.
func (out *GPUCalls) addMemory(g *evidence.GPUCalls, place func(stack, at int, goroutine uint64) (*Place, bool)) {
	out.PresentMode, out.Layer, out.DeviceMemory = g.Present, g.Layer, g.DeviceMemory
	for i := range g.Memory {
		m := &g.Memory[i]
		x := GPUMemory{Pieces: m.Pieces, Bytes: m.Bytes, Most: m.Most}
		x.Place, x.Yours = place(m.Stack, m.Place, m.Goroutine)
		out.Memory = append(out.Memory, x)
	}
	if g.Usage == nil {
		return
	}
	for i := range g.Usage.Clients {
		c := &g.Usage.Clients[i]
		x := GPUClient{PID: c.PID, Name: c.Name, Own: c.Own, Driver: c.Driver, Device: c.Device, Busy: c.Busy, Engine: c.Engine}
		for _, r := range c.Regions {
			x.Memory = append(x.Memory, GPURegion{Region: r.Name, Resident: r.Resident, Total: r.Total})
		}
		out.Clients = append(out.Clients, x)
	}
	for _, c := range g.Usage.Cards {
		out.Cards = append(out.Cards, GPUCard(c))
	}
}

// gpuBytes is a size as people read it.
func gpuBytes(n uint64) string { return text.Bytes(int64(min(n, 1<<62))) }

// gpuUsage writes who uses the GPU, and how much of its memory is in use.
func (t *terminal) gpuUsage(g *GPUCalls) {
	say := func(key string, args ...any) {
		t.page.line(plain("  "), plain("    "), plain(t.say(key, args...)))
	}
	for _, c := range g.Cards {
		say("gpucalls.card", clean(c.Name), gpuBytes(c.Used), gpuBytes(c.Total))
	}
	if g.DeviceMemory > 0 && len(g.Cards) == 0 {
		say("gpucalls.device-memory", gpuBytes(g.DeviceMemory))
	}
	for i := range g.Clients[:min(len(g.Clients), t.most(len(g.Clients), mostGPUClients))] {
		c := &g.Clients[i]
		if !c.Own && c.Busy < leastBusy {
			continue
		}
		words := []string{t.say("gpucalls.busy", text.Percent(c.Busy), clean(c.Engine))}
		if c.Engine == "" {
			words = []string{t.say("gpucalls.idle")}
		}
		for _, r := range c.Memory {
			words = append(words, clean(r.Region)+" "+gpuBytes(r.Resident))
		}
		key := "gpucalls.client"
		if c.Own {
			key = "gpucalls.client.own"
		}
		say(key, clean(c.Name), c.PID, clean(c.Driver), strings.Join(words, ", "))
	}
}

const (
	mostGPUClients = 4
	leastBusy      = 0.01 // from which on another client is worth a line
)

// gpuMemory writes the device memory that Vulkan allocated, by place.
func (t *terminal) gpuMemory(g *GPUCalls) {
	for i := range g.Memory[:min(len(g.Memory), t.most(len(g.Memory), mostGPUObjects))] {
		m := &g.Memory[i]
		if m.Pieces == 0 && !t.o.Verbose {
			continue
		}
		t.page.line(plain("  "), plain("    "), append([]span{plain(t.say("gpucalls.memory", gpuBytes(m.Bytes), m.Pieces, gpuBytes(m.Most)) + "  ")}, gpuPlace(m.Place, m.Yours)...)...)
	}
}
