package gpu

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Usage looks twice at who lets the machine's GPUs work, and at whose memory lies there,
// as far as the system lets this process see.
type Usage struct {
	root  string
	pid   int
	at    time.Time
	first map[clientKey]client
}

type clientKey struct {
	device, id string
	pid        int // where the kernel tells no id
	file       string
}

// used is a client and the process that has it.
type used struct {
	client
	pid int
}

// maxProcesses bounds the processes that are looked at.
const maxProcesses = 8192

// NewUsage takes the first look, for the process with this pid. root is where /proc and
// /sys are found; empty: /. It is nil where the machine has no GPU.
func NewUsage(root string, pid int) *Usage {
	if nodes, _ := filepath.Glob(root + "/sys/class/drm/renderD*"); len(nodes) == 0 {
		return nil
	}
	u := &Usage{root: root, pid: pid, at: time.Now(), first: map[clientKey]client{}}
	for k, c := range u.look() {
		u.first[k] = c.client
	}
	return u
}

// End takes the second look. It is nil where nothing is known.
func (u *Usage) End() *evidence.GPUUsage {
	if u == nil {
		return nil
	}
	return u.since(time.Since(u.at))
}

func (u *Usage) since(took time.Duration) *evidence.GPUUsage {
	out := &evidence.GPUUsage{Took: took}
	for k, c := range u.look() {
		x := evidence.GPUClient{PID: c.pid, Driver: c.driver, Device: cmp.Or(c.device, k.device)}
		x.Own = c.pid == u.pid
		x.Name = clean(strings.TrimSpace(read(u.root + "/proc/" + strconv.Itoa(c.pid) + "/comm")))
		if before, ok := u.first[k]; ok {
			x.Busy, x.Engine = worked(before, c.client, took)
		}
		for name, r := range c.regions {
			if r.resident > 0 || r.total > 0 {
				x.Regions = append(x.Regions, evidence.GPURegion{Name: clean(name), Resident: r.resident, Total: r.total})
			}
		}
		slices.SortFunc(x.Regions, func(a, b evidence.GPURegion) int { return strings.Compare(a.Name, b.Name) })
		out.Clients = append(out.Clients, x)
	}
	out.Clients = joined(out.Clients)
	out.Cards = u.cards()
	if len(out.Clients) == 0 && len(out.Cards) == 0 {
		return nil
	}
	return out
}

// joined makes one client of those that a process has on one device, the program's own
// first, then by how much they let it work; only the first are kept.
func joined(all []evidence.GPUClient) []evidence.GPUClient {
	slices.SortFunc(all, func(a, b evidence.GPUClient) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), strings.Compare(a.Device, b.Device), cmp.Compare(b.Busy, a.Busy), strings.Compare(a.Engine, b.Engine))
	})
	var out []evidence.GPUClient
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].PID == x.PID && out[n-1].Device == x.Device {
			last := &out[n-1]
			last.Busy = min(1, last.Busy+x.Busy)
			for _, r := range x.Regions {
				i := slices.IndexFunc(last.Regions, func(o evidence.GPURegion) bool { return o.Name == r.Name })
				if i < 0 {
					last.Regions = append(last.Regions, r)
					continue
				}
				last.Regions[i].Resident += r.Resident
				last.Regions[i].Total += r.Total
			}
			continue
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b evidence.GPUClient) int {
		if a.Own != b.Own {
			if a.Own {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Busy, a.Busy)
	})
	return out[:min(len(out), evidence.MaxGPUClients)]
}

// look reads the clients of all processes; one that several have open is the first's,
// which is the one that is examined.
func (u *Usage) look() map[clientKey]used {
	out := map[clientKey]used{}
	u.process(u.pid, out)
	entries, err := os.ReadDir(u.root + "/proc")
	if err != nil {
		return out
	}
	n := 0
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == u.pid {
			continue
		}
		if n++; n > maxProcesses {
			break
		}
		u.process(pid, out)
	}
	return out
}

func (u *Usage) process(pid int, out map[clientKey]used) {
	dir := u.root + "/proc/" + strconv.Itoa(pid)
	entries, err := os.ReadDir(dir + "/fd")
	if err != nil {
		return
	}
	for _, e := range entries[:min(len(entries), 1<<16)] {
		to, err := os.Readlink(dir + "/fd/" + e.Name())
		if err != nil || !strings.HasPrefix(to, "/dev/dri/") {
			continue
		}
		c, ok := readClient(read(dir + "/fdinfo/" + e.Name()))
		if !ok {
			continue
		}
		k := clientKey{device: cmp.Or(c.device, to), id: c.id}
		if c.id == "" {
			k.pid, k.file = pid, e.Name()
		}
		if _, had := out[k]; !had && len(out) < 1<<14 {
			out[k] = used{c, pid}
		}
	}
}

// cards reads how much memory of its own each card has, where its driver tells
// (amdgpu's mem_info_vram_total and …_used).
func (u *Usage) cards() (out []evidence.GPUCardMemory) {
	cards, _ := filepath.Glob(u.root + "/sys/class/drm/card[0-9]*")
	for _, c := range cards[:min(len(cards), maxCards)] {
		if strings.Contains(filepath.Base(c), "-") { // a connector
			continue
		}
		number := func(name string) (n uint64) {
			n, _ = strconv.ParseUint(strings.TrimSpace(read(c+"/device/"+name)), 10, 62)
			return n
		}
		total := number("mem_info_vram_total")
		if total == 0 {
			continue
		}
		m := evidence.GPUCardMemory{Name: filepath.Base(c), Total: total, Used: min(number("mem_info_vram_used"), total)}
		if device, err := filepath.EvalSymlinks(c + "/device"); err == nil {
			m.Name = filepath.Base(device)
		}
		out = append(out, m)
	}
	return out
}
