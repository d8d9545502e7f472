package driverlog

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/text"
)

// Each pattern matches its example, and no pattern before it does.
func TestEveryPatternMatchesItsExample(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Patterns() {
		if seen[p.ID] {
			t.Errorf("%s stands in the tables twice", p.ID)
		}
		seen[p.ID] = true
		line := examples[p.ID]
		if code, ok := strings.CutPrefix(p.ID, "nvidia-xid-"); ok {
			line = strings.Replace(examples["nvidia-xid"], ": 31,", ": "+code+",", 1)
		}
		if line == "" {
			t.Errorf("%s has no example", p.ID)
			continue
		}
		f, ok := match(line, p.User)
		if !ok || f.ID != p.ID {
			t.Errorf("%q is %q, want %s", line, f.ID, p.ID)
			continue
		}
		if named := strings.Contains(p.expr, "<pid>") || strings.HasPrefix(p.ID, "nvidia-xid-"); named && strings.Contains(line, "4711") && (f.PID != 4711 || f.Comm != "kiosk") {
			t.Errorf("%s names %q %d", p.ID, f.Comm, f.PID)
		}
		if _, ok := text.Find("driver.means." + p.ID); !ok {
			t.Errorf("no sentence says what %s means", p.ID)
		}
		if _, ok := text.Find("driver.now." + p.Do); !ok && p.Do != "" {
			t.Errorf("there is no advice %s", p.Do)
		}
	}
	for id := range examples {
		if !seen[id] && id != "nvidia-xid" {
			t.Errorf("the example of %s is of no pattern", id)
		}
	}
}

// What a healthy machine writes tells no trouble.
func TestUsualLinesMeanNothing(t *testing.T) {
	for _, line := range []string{
		"[drm] amdgpu kernel modesetting enabled.",
		"[drm] Initialized amdgpu 3.57.0 20150101 for 0000:03:00.0 on minor 1",
		"amdgpu 0000:03:00.0: amdgpu: SMU is initialized successfully!",
		"amdgpu 0000:03:00.0: [drm] *ERROR* dc_link_detect_helper: No EDID read.",
		"amdgpu 0000:03:00.0: amdgpu: RAS: optional ras ta ucode is not available",
		"amdgpu: Virtual CRAT table created for CPU",
		"i915 0000:00:02.0: [drm] GuC firmware i915/tgl_guc_70.bin version 70.20.0",
		"i915 0000:00:02.0: [drm] GuC submission disabled",
		"i915 0000:00:02.0: vgaarb: deactivate vga console",
		"xe 0000:03:00.0: [drm] Using GuC firmware from xe/dg2_guc_70.bin version 70.29.2",
		"nouveau 0000:01:00.0: DRM: VRAM: 4096 MiB",
		"nouveau 0000:01:00.0: Direct firmware load for nouveau/nv84_xuc103 failed with error -2",
		"nouveau 0000:01:00.0: bios: DCB table: version 4.1",
		"NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024",
		"nvidia-modeset: Loading NVIDIA Kernel Mode Setting Driver for UNIX platforms  535.183.01",
		"nvidia: loading out-of-tree module taints kernel.",
		"panfrost ff9a0000.gpu: clock rate = 500000000",
		"[drm] Initialized v3d 1.0.0 20180419 for fec00000.v3d on minor 0",
		"vc4-drm gpu: bound fe400000.hvs (ops vc4_hvs_ops [vc4])",
		"[drm] features: -virgl +edid -resource_blob -host_visible",
		"virtio_gpu virtio0: [drm] *ERROR* fbdev: Cannot find any crtc or sizes",
		"vmwgfx 0000:00:0f.0: [drm] FIFO at 0x00000000fe000000 size is 8192 KiB",
		"adreno 5000000.gpu: Adding to iommu group 3",
		"etnaviv-gpu 130000.gpu: model: GC2000, revision: 5108",
		"lima 1c40000.gpu: bus rate = 200000000",
		"chrome[2117]: segfault at 0 ip 000055f3 sp 00007ffc error 4 in chrome[55f300000000+a000000]",
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=chrome,pid=2117,uid=1000",
		"usb 1-3: reset high-speed USB device number 2 using xhci_hcd",
		"e1000e 0000:00:1f.6 eno1: Reset adapter",
		"nvme nvme0: I/O 12 QID 4 timeout, aborting",
		"INFO: task kworker is nothing",
		"",
	} {
		if f, ok := Match(line); ok {
			t.Errorf("%q is %s", line, f.ID)
		}
	}
}

// A code of NVIDIA's that is not in the table is told as what it is.
func TestUnknownXid(t *testing.T) {
	f, ok := Match("NVRM: Xid (PCI:0000:01:00): 999, pid='<unknown>', name=<unknown>, whatever")
	if !ok || f.ID != "nvidia-xid" || f.What != "999" || f.PID != 0 || f.Comm != "" {
		t.Errorf("%+v", f)
	}
	old, ok := Match("NVRM: Xid (0000:01:00): 8, Channel 00000001")
	if !ok || old.ID != "nvidia-xid-8" {
		t.Errorf("%+v", old)
	}
}

func TestXidsAreSortedAndDifferent(t *testing.T) {
	for i := range xids[1:] {
		if xids[i].code >= xids[i+1].code {
			t.Errorf("Xid %d stands before %s", xids[i].code, strconv.Itoa(xids[i+1].code))
		}
	}
}
