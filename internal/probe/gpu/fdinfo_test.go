package gpu

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

func fdinfo(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/fdinfo/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReadClient(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	for name, want := range map[string]client{
		"amdgpu": {driver: "amdgpu", device: "0000:03:00.0", id: "57",
			engines: map[string]engine{"gfx": {busy: 8218263437}, "compute": {}, "dec": {busy: 1200000}},
			regions: map[string]region{"vram": {349184 * kib, 345872 * kib}, "gtt": {21956 * kib, 0}, "cpu": {}}},
		"i915": {driver: "i915", device: "0000:00:02.0", id: "39",
			engines: map[string]engine{"render": {busy: 346249}, "copy": {}, "video": {capacity: 2}, "video-enhance": {}},
			regions: map[string]region{"system0": {5 * mib, 6044 * kib}, "stolen-system0": {}}},
		"xe": {driver: "xe", device: "0000:03:00.0", id: "3",
			engines: map[string]engine{"rcs": {cycles: 28257900, total: 7655183225}, "vcs": {total: 7655183225, capacity: 2}},
			regions: map[string]region{"system": {}, "gtt": {192 * kib, 192 * kib}, "vram0": {23992 * kib, 23992 * kib}}},
	} {
		c, ok := readClient(fdinfo(t, name))
		if !ok || c.driver != want.driver || c.device != want.device || c.id != want.id {
			t.Errorf("%s: %v %q %q %q", name, ok, c.driver, c.device, c.id)
		}
		if !maps.Equal(c.engines, want.engines) {
			t.Errorf("%s: engines %v, want %v", name, c.engines, want.engines)
		}
		if !maps.Equal(c.regions, want.regions) {
			t.Errorf("%s: regions %v, want %v", name, c.regions, want.regions)
		}
	}
	if _, ok := readClient("pos:\t0\nflags:\t02\neventfd-count: 0\n"); ok {
		t.Error("an eventfd is a client of a GPU")
	}
}

func TestWorked(t *testing.T) {
	read := func(name string, old ...string) client {
		c, _ := readClient(strings.NewReplacer(old...).Replace(fdinfo(t, name)))
		return c
	}
	for name, c := range map[string]struct {
		before, after client
		share         float64
		engine        string
	}{
		"half of the time":          {read("amdgpu"), read("amdgpu", "8218263437", "8718263437"), 0.5, "gfx"},
		"more than there is":        {read("amdgpu"), read("amdgpu", "8218263437", "9990000000"), 1, "gfx"},
		"two engines of a kind":     {read("i915"), read("i915", "drm-engine-video:	0", "drm-engine-video:	1000000000"), 0.5, "video"},
		"cycles":                    {read("xe"), read("xe", "28257900", "53257900", "rcs:	7655183225", "rcs:	7755183225"), 0.25, "rcs"},
		"idle":                      {read("xe"), read("xe"), 0, ""},
		"an engine that began":      {read("amdgpu", "drm-engine-gfx", "drm-none"), read("amdgpu", "8218263437", "250000000"), 0.25, "gfx"},
		"a counter that went back":  {read("amdgpu"), read("amdgpu", "8218263437", "1000"), 0, ""},
		"cycles that went back too": {read("xe", "28257900", "38257900"), read("xe", "rcs:	7655183225", "rcs:	7755183225"), 0, ""},
	} {
		share, engine := worked(c.before, c.after, time.Second)
		if share < c.share-1e-9 || share > c.share+1e-9 || engine != c.engine {
			t.Errorf("%s: %v of %q, want %v of %q", name, share, engine, c.share, c.engine)
		}
	}
}

// clientTree is a tree as /proc and /sys are, with clients of GPUs.
type clientTree struct {
	t    *testing.T
	root string
}

func (m clientTree) write(path, text string) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m clientTree) open(pid, fd int, comm, device, text string) {
	m.t.Helper()
	dir := "proc/" + strconv.Itoa(pid)
	m.write(dir+"/comm", comm+"\n")
	m.write(dir+"/fdinfo/"+strconv.Itoa(fd), text)
	link := filepath.Join(m.root, dir, "fd", strconv.Itoa(fd))
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		m.t.Fatal(err)
	}
	os.Remove(link)
	if err := os.Symlink(device, link); err != nil {
		m.t.Fatal(err)
	}
}

func TestUsage(t *testing.T) {
	m := clientTree{t, t.TempDir()}
	if NewUsage(m.root, 10) != nil {
		t.Error("a machine without a GPU is looked at")
	}
	m.write("sys/class/drm/renderD128/dev", "226:128\n")
	m.write("sys/class/drm/card0/device/mem_info_vram_total", "8573157376\n")
	m.write("sys/class/drm/card0/device/mem_info_vram_used", "2573157376\n")
	m.write("sys/class/drm/card0-DP-1/status", "connected\n")
	own, other := fdinfo(t, "amdgpu"), strings.Replace(fdinfo(t, "amdgpu"), "drm-client-id:\t57", "drm-client-id:\t9", 1)
	render := "/dev/dri/renderD128"
	m.open(10, 5, "app", render, own)
	m.open(10, 6, "app", render, own) // the same client
	m.open(20, 7, "blender", render, other)
	m.open(30, 7, "idle", "/dev/dri/card0", strings.Replace(own, "drm-client-id:\t57", "drm-client-id:\t11", 1))
	m.open(5, 3, "parent", render, own) // the program's client, inherited
	m.open(40, 3, "cat", "/dev/null", own)
	u := NewUsage(m.root, 10)
	if u == nil {
		t.Fatal("nothing is looked at")
	}
	m.open(10, 5, "app", render, strings.Replace(own, "8218263437", "8318263437", 1))
	m.open(10, 6, "app", render, strings.Replace(own, "8218263437", "8318263437", 1))
	m.open(20, 7, "blender", render, strings.Replace(other, "8218263437", "9018263437", 1))
	got := u.since(time.Second)
	if got == nil || len(got.Clients) != 3 {
		t.Fatalf("%+v", got)
	}
	app, blender, idle := got.Clients[0], got.Clients[1], got.Clients[2]
	if app.PID != 10 || !app.Own || app.Busy != 0.1 || app.Engine != "gfx" || app.Name != "app" || app.Device != "0000:03:00.0" {
		t.Errorf("%+v", app)
	}
	if want := (evidence.GPURegion{Name: "vram", Resident: 349184 << 10, Total: 345872 << 10}); len(app.Regions) != 2 || app.Regions[1] != want {
		t.Errorf("%+v", app.Regions)
	}
	if blender.PID != 20 || blender.Own || blender.Busy != 0.8 || blender.Name != "blender" {
		t.Errorf("%+v", blender)
	}
	if idle.PID != 30 || idle.Busy != 0 || idle.Engine != "" {
		t.Errorf("%+v", idle)
	}
	if len(got.Cards) != 1 || got.Cards[0].Total != 8573157376 || got.Cards[0].Used != 2573157376 {
		t.Errorf("%+v", got.Cards)
	}
}

// What the kernel writes may be of a driver that nobody has seen.
func FuzzReadClient(f *testing.F) {
	for _, name := range []string{"amdgpu", "i915", "xe"} {
		f.Add(fdinfo(f, name))
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, _ := readClient(s)
		if len(c.engines) > maxEngines || len(c.regions) > maxRegions {
			t.Errorf("%d engines, %d regions", len(c.engines), len(c.regions))
		}
		if share, _ := worked(client{}, c, time.Second); share < 0 || share > 1 {
			t.Errorf("worked %v", share)
		}
	})
}
