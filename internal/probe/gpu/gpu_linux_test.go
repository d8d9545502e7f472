package gpu

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc"
)

// machine is a made-up /sys, /dev and /proc.
type machine struct {
	t    *testing.T
	root string
	pid  int
}

func newMachine(t *testing.T) *machine {
	m := &machine{t, t.TempDir(), os.Getpid()}
	m.file(m.proc("status"), "Name:\tkiosk\nUid:\t998\t998\t998\t998\nGid:\t998\t998\t998\t998\nCapEff:\t0000000000000000\nGroups:\t998 \n")
	m.file(m.proc("comm"), "kiosk\n")
	m.dir(m.proc("root/dev/dri"))
	return m
}

func (m *machine) proc(name string) string { return "proc/" + strconv.Itoa(m.pid) + "/" + name }

func (m *machine) dir(path string) string {
	m.t.Helper()
	p := filepath.Join(m.root, path)
	if err := os.MkdirAll(p, 0o755); err != nil {
		m.t.Fatal(err)
	}
	return p
}

func (m *machine) file(path, s string) {
	m.t.Helper()
	m.dir(filepath.Dir(path))
	if err := os.WriteFile(filepath.Join(m.root, path), []byte(s), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) link(to, path string) {
	m.t.Helper()
	m.dir(filepath.Dir(path))
	if err := os.Symlink(to, filepath.Join(m.root, path)); err != nil {
		m.t.Fatal(err)
	}
}

// card adds a card with a driver and a render node.
func (m *machine) card(address, vendor, driver, node string) {
	device := "sys/devices/pci0000:00/" + address
	m.file(device+"/vendor", "0x"+vendor+"\n")
	m.file(device+"/class", "0x030000\n")
	m.link(filepath.Join(m.root, device), "sys/bus/pci/devices/"+address)
	if driver != "" {
		m.link(m.dir("sys/bus/pci/drivers/"+driver), device+"/driver")
	}
	if node != "" {
		m.link(filepath.Join(m.root, device), "sys/class/drm/"+node+"/device")
	}
}

// node makes the device node that the target sees: a file with these rights.
func (m *machine) node(name string, mode fs.FileMode) {
	m.t.Helper()
	path := m.proc("root/dev/dri/" + name)
	m.file(path, "")
	if err := os.Chmod(filepath.Join(m.root, path), mode); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) look() *evidence.GPU {
	m.t.Helper()
	p, err := proc.Open(m.pid)
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := Run(context.Background(), Options{Process: p, Root: m.root, NoLog: true})
	if err != nil {
		m.t.Fatal(err)
	}
	return &r.GPU
}

func TestCards(t *testing.T) {
	m := newMachine(t)
	m.card("0000:03:00.0", "1002", "amdgpu", "renderD128")
	m.card("0000:04:00.0", "10de", "", "")
	m.card("0000:05:00.0", "10de", "vfio-pci", "")
	m.card("0000:06:00.0", "1234", "bochs-drm", "")
	m.card("0000:07:00.0", "1af4", "virtio-pci", "renderD129")
	m.node("renderD128", 0o660)
	g := m.look()
	var got []string
	for _, c := range g.Cards {
		got = append(got, c.Name+" "+c.Driver)
	}
	want := []string{"0000:03:00.0 amdgpu", "0000:04:00.0 ", "0000:07:00.0 virtio-pci"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	if c := g.Cards[0]; !c.Denied || c.Absent || c.Virtual || c.Node != "/dev/dri/renderD128" || c.Vendor != "1002" {
		t.Errorf("%+v", c)
	}
	if c := g.Cards[2]; !c.Virtual || !c.Absent || c.Denied {
		t.Errorf("%+v", c)
	}
}

// Who may open a node: by its rights, the groups, the capability.
func TestRights(t *testing.T) {
	for _, c := range []struct {
		name, status string
		mode         fs.FileMode
		denied       bool
	}{
		{"nobody of the group", "Uid:\t998\t998\nGid:\t998\t998\nCapEff:\t0\nGroups:\t998\n", 0o660, true},
		{"everybody may", "Uid:\t998\t998\nGid:\t998\t998\nCapEff:\t0\nGroups:\t998\n", 0o666, false},
		{"one of the group", "Uid:\t998\t998\nGid:\t998\t998\nCapEff:\t0\nGroups:\t998 " + strconv.Itoa(os.Getgid()) + "\n", 0o660, false},
		{"the owner", "Uid:\t0\t" + strconv.Itoa(os.Getuid()) + "\nGid:\t998\t998\nCapEff:\t0\nGroups:\t\n", 0o600, false},
		{"with the capability", "Uid:\t998\t998\nGid:\t998\t998\nCapEff:\t0000000000000002\nGroups:\t\n", 0o600, false},
	} {
		m := newMachine(t)
		m.card("0000:03:00.0", "1002", "amdgpu", "renderD128")
		m.node("renderD128", c.mode)
		m.file(m.proc("status"), c.status)
		if g := m.look(); len(g.Cards) != 1 || g.Cards[0].Denied != c.denied {
			t.Errorf("%s: %+v", c.name, g.Cards)
		}
	}
}

func TestOpenDevices(t *testing.T) {
	m := newMachine(t)
	m.link("/dev/dri/renderD128", m.proc("fd/7"))
	m.link("/dev/dri/renderD128", m.proc("fd/8"))
	m.link("/etc/passwd", m.proc("fd/9"))
	m.file(m.proc("fdinfo/7"), "pos:\t0\ndrm-driver:\tamdgpu\ndrm-client-id:\t7\ndrm-engine-gfx:\t1500000 ns\ndrm-engine-compute:\t0 ns\ndrm-engine-capacity-gfx:\t4\n")
	m.file(m.proc("fdinfo/8"), "drm-driver:\tamdgpu\ndrm-client-id:\t7\ndrm-engine-gfx:\t1500000 ns\n")
	g := m.look()
	if len(g.Open) != 1 || g.Open[0].Driver != "amdgpu" || g.Open[0].Busy != 1500*time.Microsecond {
		t.Errorf("%+v", g.Open)
	}
}

func TestEnvironment(t *testing.T) {
	m := newMachine(t)
	m.file(m.proc("environ"), "LIBGL_ALWAYS_SOFTWARE=1\x00SECRET=x\x00DISPLAY=localhost:10.0\x00")
	g := m.look()
	if len(g.Variables) != 1 || g.Variables[0] != (evidence.GPUVariable{Name: "LIBGL_ALWAYS_SOFTWARE", Value: "1"}) || !g.Remote || g.Display != "localhost:10.0" {
		t.Errorf("%+v", g)
	}
	m.file(m.proc("environ"), "DISPLAY=:99.0\x00")
	m.file("tmp/.X99-lock", "      4242\n")
	m.file("proc/4242/comm", "Xvfb\n")
	if g := m.look(); g.Server != "Xvfb" || g.Remote {
		t.Errorf("%+v", g)
	}
}

func TestMissingDriverFiles(t *testing.T) {
	m := newMachine(t)
	m.card("0000:03:00.0", "1002", "amdgpu", "renderD128")
	m.file(m.proc("root/usr/lib/x86_64-linux-gnu/dri/swrast_dri.so"), "")
	p, err := proc.Open(m.pid)
	if err != nil {
		t.Fatal(err)
	}
	look := func() []string {
		l := &look{o: Options{Process: p, Root: m.root}, ctx: context.Background(), res: &Result{}}
		l.cards()
		l.missing()
		return l.res.GPU.Missing
	}
	if got := look(); !slices.Equal(got, []string{"radeonsi_dri.so"}) {
		t.Errorf("%q", got)
	}
	m.file(m.proc("root/usr/lib/x86_64-linux-gnu/libgallium-24.2.8.so"), "")
	if got := look(); got != nil {
		t.Errorf("a Mesa that has all drivers in one file lacks %q", got)
	}
}

// The names of renderers in memory, and what only looks like them.
func TestSearch(t *testing.T) {
	for memory, want := range map[string][2]string{
		"\x00\x00llvmpipe (LLVM 15.0.6, 256 bits)\x00":                  {"llvmpipe (LLVM 15.0.6, 256 bits)", ""},
		"llvmpipe (LLVM %s, %u bits)\x00":                               {"", ""},
		"x\x004.5 (Core Profile) Mesa 22.3.6\x00":                       {"", "4.5 (Core Profile) Mesa 22.3.6"},
		"x\x00OpenGL ES 3.2 Mesa 24.2.1-devel (git-1)\x00":              {"", "OpenGL ES 3.2 Mesa 24.2.1-devel (git-1)"},
		"see the Mesa documentation\x00":                                {"", ""},
		"\x00AMD Radeon RX 6600 (radeonsi, navi23, LLVM 17, DRM 3)\x00": {"AMD Radeon RX 6600 (radeonsi, navi23, LLVM 17, DRM 3)", ""},
		"\x00NVIDIA GeForce RTX 3060/PCIe/SSE2\x00":                     {"NVIDIA GeForce RTX 3060/PCIe/SSE2", ""},
		"llvmpipe (LLVM 15.0.6, 256 bits)":                              {"", ""}, // cut off
	} {
		l := &look{res: &Result{}}
		l.search([]byte(memory))
		if got := [2]string{l.res.GPU.Renderer, l.res.GPU.GL}; got != want {
			t.Errorf("%q: %q, want %q", memory, got, want)
		}
	}
}

func TestARecordedLog(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "k.log")
	const hang = "i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:84dffffb, in kiosk [4711]"
	var log strings.Builder
	for range 1000 {
		log.WriteString("[ 1234.567890] " + hang + "\n")
	}
	log.WriteString("[ 1300.000000] usb 1-1: new device\n[ 1400.5] i915 0000:00:02.0: [drm] Resetting rcs0 for preemption time out\n")
	if err := os.WriteFile(path, []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), Options{Log: path})
	if err != nil {
		t.Fatal(err)
	}
	g := &r.GPU
	if len(g.Messages) != 2 || g.Messages[0].Text != hang || g.Messages[0].Count != 1000 || g.Log.Lines != 1002 || g.Log.Source != "file" {
		t.Errorf("%+v %+v", g.Messages, g.Log)
	}
	for name, want := range map[string]error{path + "x": fs.ErrNotExist, dir: driverlog.ErrNoLog, os.Args[0]: driverlog.ErrNoLog} {
		if _, err := Run(context.Background(), Options{Log: name}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// No log can be read: that is a limit, and no error.
func TestNoLogIsALimit(t *testing.T) {
	r, err := Run(context.Background(), Options{Root: t.TempDir()})
	if err != nil || len(r.Limits) != 1 || r.Limits[0].Why.Key != "limit.gpu-log.why" {
		t.Errorf("%+v, %v", r, err)
	}
}

// This machine's own log is read without waiting for more.
func TestThisMachine(t *testing.T) {
	r, err := Run(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.GPU.Log.Source == "" && len(r.Limits) == 0 {
		t.Error("neither a log nor a limit")
	}
	if r.GPU.Log.Source == "kmsg" && r.GPU.Log.Last.After(time.Now().Add(time.Minute)) {
		t.Errorf("its last line is of %v", r.GPU.Log.Last)
	}
}

func TestOutput(t *testing.T) {
	var o Output
	for _, part := range []string{"starting\nlibGL error: failed to lo", "ad driver: radeonsi\n", "libGL error: failed to load driver: radeonsi\nno available GPU driver"} {
		if _, err := o.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	got := o.Messages()
	if len(got) != 2 || got[0].Count != 2 || got[1].Text != "no available GPU driver" {
		t.Errorf("%+v", got)
	}
}

// The journal is read by its own program, whose lines the kernel has written.
func TestTheJournal(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\n" +
		`echo '{"_TRANSPORT":"kernel","__REALTIME_TIMESTAMP":"1772352487000000","MESSAGE":"amdgpu 0000:03:00.0: amdgpu: GPU reset begin!"}'` + "\n"
	if err := os.WriteFile(filepath.Join(bin, "journalctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	l := &look{o: Options{Now: time.Now}, ctx: context.Background(), res: &Result{}}
	var got []driverlog.Entry
	if err := l.journal(func(e driverlog.Entry) { got = append(got, e) }); err != nil || len(got) != 1 || got[0].At.Unix() != 1772352487 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(bin, "journalctl"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := l.journal(func(driverlog.Entry) {}); err == nil {
		t.Error("a journal that may not be read is no error")
	}
}
