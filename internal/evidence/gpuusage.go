package evidence

import "time"

// GPUUsage is who let the machine's GPUs work during a time, and whose memory lies there.
type GPUUsage struct {
	Took time.Duration `json:"took"`
	// Clients are the processes that have a GPU open, as far as they could be seen; the
	// program first, then the busiest, at most MaxGPUClients.
	Clients []GPUClient     `json:"clients,omitempty"`
	Cards   []GPUCardMemory `json:"cards,omitempty"` // whose drivers tell
}

// MaxGPUClients bounds GPUUsage.Clients.
const MaxGPUClients = 32

// GPUClient is a process that uses one GPU.
type GPUClient struct {
	PID     int         `json:"pid"`
	Name    string      `json:"name,omitempty"` // as the kernel has it, at most 15 bytes
	Own     bool        `json:"own,omitempty"`  // it is the program
	Driver  string      `json:"driver"`         // of the kernel: "amdgpu"
	Device  string      `json:"device"`         // "0000:03:00.0"
	Busy    float64     `json:"busy"`           // part of the time in which its busiest engine worked for the process
	Engine  string      `json:"engine,omitempty"`
	Regions []GPURegion `json:"regions,omitempty"`
}

// GPURegion is memory of one kind, bytes.
type GPURegion struct {
	Name     string `json:"name"` // "vram", "gtt", "system0", as the driver calls it
	Resident uint64 `json:"resident"`
	Total    uint64 `json:"total,omitempty"` // that was asked for; 0: the driver does not tell
}

// GPUCardMemory is a card's own memory, bytes.
type GPUCardMemory struct {
	Name  string `json:"name"`
	Total uint64 `json:"total"`
	Used  uint64 `json:"used"` // by all
}

// repair bounds what may come from elsewhere.
func (u *GPUUsage) repair() {
	u.Clients = u.Clients[:min(len(u.Clients), MaxGPUClients)]
	for i := range u.Clients {
		if b := u.Clients[i].Busy; !(b >= 0) || b > 1 {
			u.Clients[i].Busy = 0
		}
	}
}
