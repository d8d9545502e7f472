package gpu

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// vendors make GPUs that draw in three dimensions, by their PCI ids: AMD, NVIDIA, Intel.
var vendors = []string{"0x1002", "0x10de", "0x8086"}

// renders are the kernel's drivers of GPUs that draw, those of virtual machines with
// true. Others (simpledrm, bochs, ast, mgag200, vkms, vgem) only show pictures.
var renders = map[string]bool{
	"amdgpu": false, "radeon": false, "i915": false, "xe": false, "nouveau": false, "nvidia": false, "panfrost": false, "panthor": false,
	"lima": false, "v3d": false, "vc4": false, "vc4-drm": false, "msm": false, "msm_dpu": false, "adreno": false, "etnaviv": false, "etnaviv-gpu": false, "tegra": false, "asahi": false, "powervr": false,
	"virtio_gpu": true, "virtio-gpu": true, "virtio-pci": true, "vmwgfx": true, "vboxvideo": true,
}

// maxCards bounds what is looked at.
const maxCards = 64

// cards finds the machine's graphics cards, and what the target may do with them.
func (l *look) cards() {
	g := &l.res.GPU
	seen := map[string]bool{}
	nodes, _ := filepath.Glob(l.path("/sys/class/drm/renderD*"))
	for _, n := range nodes[:min(len(nodes), maxCards)] {
		device, err := filepath.EvalSymlinks(n + "/device")
		if err != nil {
			continue
		}
		c := evidence.GPUCard{Name: filepath.Base(device), Driver: driverOf(device), Vendor: strings.TrimPrefix(strings.TrimSpace(read(device+"/vendor")), "0x"), Node: "/dev/dri/" + filepath.Base(n)}
		virtual, known := renders[c.Driver]
		if !known {
			continue
		}
		c.Virtual = virtual
		l.reach(&c)
		seen[c.Name] = true
		g.Cards = append(g.Cards, c)
	}
	devices, _ := filepath.Glob(l.path("/sys/bus/pci/devices/*"))
	for _, d := range devices[:min(len(devices), 4096)] {
		class := strings.TrimSpace(read(d + "/class"))
		vendor := strings.TrimSpace(read(d + "/vendor"))
		if !strings.HasPrefix(class, "0x03") || !slices.Contains(vendors, vendor) || seen[filepath.Base(d)] {
			continue
		}
		c := evidence.GPUCard{Name: filepath.Base(d), Vendor: strings.TrimPrefix(vendor, "0x"), Driver: driverOf(d)}
		if c.Driver == "vfio-pci" { // given to a virtual machine: not this one's
			continue
		}
		if c.Driver == "nvidia" { // its own devices, beside /dev/dri
			c.Node = "/dev/nvidia0"
			l.reach(&c)
		}
		g.Cards = append(g.Cards, c)
	}
	slices.SortFunc(g.Cards, func(a, b evidence.GPUCard) int { return strings.Compare(a.Name, b.Name) })
	g.Container = l.contained()
}

func driverOf(device string) string {
	to, err := os.Readlink(device + "/driver")
	if err != nil {
		return ""
	}
	return filepath.Base(to)
}

// contained reports whether the target has another root than this process.
func (l *look) contained() bool {
	theirs, err := os.Readlink(l.of("ns/mnt"))
	if err != nil {
		return false
	}
	ours, err := os.Readlink(l.path("/proc/self/ns/mnt"))
	if err != nil || ours == theirs {
		return false
	}
	// A service of systemd has a mount namespace, too, on the same root.
	a, err1 := os.Stat(l.of("root/"))
	b, err2 := os.Stat(l.path("/proc/self/root/"))
	return err1 == nil && err2 == nil && !os.SameFile(a, b)
}

// reach says whether the target sees a card's node, and may open it.
func (l *look) reach(c *evidence.GPUCard) {
	st, err := os.Stat(l.of("root" + c.Node))
	if os.IsNotExist(err) {
		c.Absent = true
		return
	}
	if err != nil {
		return
	}
	uid, gid, ok := ownerOf(st)
	if !ok {
		return
	}
	status := read(l.of("status"))
	mine := ids(status, "Uid")
	groups := append(ids(status, "Gid"), ids(status, "Groups")...)
	if len(mine) < 2 || effective(status) {
		return
	}
	mode := st.Mode().Perm()
	may := mode&0o006 == 0o006
	if mine[1] == uid {
		may = mode&0o600 == 0o600
	} else if slices.Contains(groups, gid) {
		may = mode&0o060 == 0o060
	}
	if !may && !listed(l.of("root"+c.Node), mine[1], groups) {
		c.Denied, c.Group = true, groupName(gid)
	}
}

// ids are the numbers of a line of /proc/PID/status.
func ids(status, name string) (all []int) {
	for line := range strings.Lines(status) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			for _, f := range strings.Fields(v) {
				if n, err := strconv.Atoi(f); err == nil {
					all = append(all, n)
				}
			}
		}
	}
	return all
}

// effective reports whether the process may pass over the rights of files
// (CAP_DAC_OVERRIDE, bit 1).
func effective(status string) bool {
	for line := range strings.Lines(status) {
		if v, ok := strings.CutPrefix(line, "CapEff:"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(v), 16, 64)
			return err == nil && n&(1<<1) != 0
		}
	}
	return false
}

func groupName(gid int) string {
	for line := range strings.Lines(read("/etc/group")) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) > 2 && f[2] == strconv.Itoa(gid) {
			return f[0]
		}
	}
	return strconv.Itoa(gid)
}

// open finds the devices that the target has open, and what they did for it.
func (l *look) open() {
	entries, err := os.ReadDir(l.of("fd"))
	if err != nil {
		return
	}
	seen := map[string]bool{}
	for _, e := range entries[:min(len(entries), 1<<16)] {
		to, err := os.Readlink(l.of("fd/" + e.Name()))
		if err != nil || !device(to) {
			continue
		}
		c, _ := readClient(read(l.of("fdinfo/" + e.Name())))
		d := evidence.GPUOpen{Path: to, Driver: c.driver}
		for _, e := range c.engines {
			d.Busy += e.busy
			if e.cycles > 0 {
				d.Busy = max(d.Busy, 1)
			}
		}
		if key := to + " " + c.id; !seen[key] || c.id == "" {
			seen[key] = true
			l.res.GPU.Open = append(l.res.GPU.Open, d)
		}
		if len(l.res.GPU.Open) == maxCards {
			break
		}
	}
}

// device reports whether a path is a device of a GPU.
func device(path string) bool {
	return strings.HasPrefix(path, "/dev/dri/") || strings.HasPrefix(path, "/dev/nvidia") || strings.HasPrefix(path, "/dev/mali") || strings.HasPrefix(path, "/dev/kgsl") || path == "/dev/dxg"
}
