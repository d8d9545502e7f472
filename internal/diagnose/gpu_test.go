package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

var gpuStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// onScreen is a program that draws, ten minutes after its start.
func onScreen(edit func(*evidence.GPU)) *evidence.Evidence {
	g := &evidence.GPU{At: gpuStart.Add(10 * time.Minute), Comm: "kiosk", Threads: []int{4711, 4730}, Libraries: []string{"libGL.so.1.7.0"}}
	edit(g)
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindProcess, PID: 4711, Name: "kiosk", Exe: "/opt/kiosk", Toolkit: "fyne", StartedAt: gpuStart}, GPU: g}
}

// logged are messages at a time after the program's start.
func logged(after time.Duration, lines ...string) (all []evidence.DriverMessage) {
	for _, l := range lines {
		all = append(all, evidence.DriverMessage{Text: l, At: gpuStart.Add(after), Last: gpuStart.Add(after), Count: 1})
	}
	return all
}

func TestDriverErrors(t *testing.T) {
	who := func(name, pid string) string {
		return "[drm:amdgpu_job_timedout [amdgpu]] *ERROR* Process information: process " + name + " pid " + pid + " thread " + name + ":cs0 pid 1"
	}
	const ring = "[drm:amdgpu_job_timedout [amdgpu]] *ERROR* ring gfx_0.0.0 timeout, signaled seq=1, emitted seq=2"
	const reset = "amdgpu 0000:03:00.0: amdgpu: GPU reset begin!"
	const i915 = "i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:84dffffb, in "
	busy := []evidence.GPUOpen{{Path: "/dev/dri/renderD128", Driver: "i915", Busy: time.Second}}
	for _, c := range []struct {
		name string
		edit func(*evidence.GPU)
		want []string // severity and the end of the title's key
	}{
		{"nothing", func(*evidence.GPU) {}, nil},
		{"its own hang", func(g *evidence.GPU) { g.Messages = logged(time.Minute, ring, who("kiosk", "4711"), reset) }, []string{"P1 hang-ours"}},
		{"by a thread", func(g *evidence.GPU) { g.Messages = logged(time.Minute, i915+"kiosk [4730]") }, []string{"P1 hang-ours"}},
		{"another's, one engine", func(g *evidence.GPU) { g.Messages = logged(time.Minute, i915+"chrome [2117]") }, []string{"info hang-others"}},
		{"another's, the whole GPU", func(g *evidence.GPU) { g.Messages = logged(time.Minute, ring, who("chrome", "2117"), reset) }, []string{"P1 reset"}},
		{"nobody's name", func(g *evidence.GPU) { g.Messages = logged(time.Minute, ring) }, []string{"P2 hang"}},
		{"before its start", func(g *evidence.GPU) { g.Messages = logged(-time.Hour, ring, who("kiosk", "4711"), reset) }, []string{"info before"}},
		{"before, with a pid that is used again", func(g *evidence.GPU) { g.Messages = logged(-time.Hour, i915+"kiosk [4711]") }, []string{"info before"}},
		{"old firmware lasts", func(g *evidence.GPU) {
			g.Messages = logged(-time.Hour, "amdgpu 0000:2b:00.0: Direct firmware load for amdgpu/navi24_pfp.bin failed with error -2")
		}, []string{"P1 init"}},
		{"… of a GPU that it does not use", func(g *evidence.GPU) {
			g.Open = busy
			g.Messages = logged(-time.Hour, "amdgpu 0000:2b:00.0: Direct firmware load for amdgpu/navi24_pfp.bin failed with error -2")
		}, []string{"info before"}},
		{"a program that draws nothing", func(g *evidence.GPU) { g.Libraries = nil; g.Messages = logged(time.Minute, ring) }, []string{"P2 hang"}},
		{"lost", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "NVRM: GPU 0000:01:00.0: GPU has fallen off the bus.")
		}, []string{"P0 lost"}},
		{"an Xid of its own", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "NVRM: Xid (PCI:0000:01:00): 31, pid=4711, name=kiosk, Ch 00000018")
		}, []string{"P1 fault-ours"}},
		{"an Xid that means nothing", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "NVRM: Xid (PCI:0000:01:00): 45, pid=2117, name=blender, Ch 00000010")
		}, []string{"info notice"}},
		{"a small board names nobody", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "v3d fec00000.v3d: [drm] Resetting GPU for hang.")
		}, []string{"P1 hang"}},
		{"a name alone", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "[drm:hangcheck_handler [msm]] *ERROR* 6.3.0.1: hangcheck detected gpu lockup rb 0!",
				"[drm:recover_worker [msm]] *ERROR* 6.3.0.1: offending task: kiosk (/opt/kiosk)")
		}, []string{"P1 hang-ours"}},
		{"a soft recovery did no harm", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "[drm:amdgpu_job_timedout [amdgpu]] *ERROR* ring gfx_0.0.0 timeout, but soft recovered", who("kiosk", "4711"))
		}, []string{"P2 hang-ours"}},
		{"another instance was killed", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, "Out of memory: Killed process 99 (kiosk) total-vm:1kB, anon-rss:1kB")
		}, []string{"P2 killed-others"}},
		{"something unknown", func(g *evidence.GPU) { g.Messages = logged(time.Minute, "[drm:x [amdgpu]] *ERROR* never seen") }, []string{"info notice"}},
		{"what the program wrote", func(g *evidence.GPU) {
			g.Output = []evidence.DriverMessage{{Text: "libGL error: failed to load driver: radeonsi", Count: 1}}
		}, []string{"P1 context"}},
		{"no driver", func(g *evidence.GPU) { g.Libraries = []string{"libGL.so.1", "libGLX_mesa.so.0"} }, []string{"P0 no-driver"}},
		{"a driver", func(g *evidence.GPU) { g.Libraries = []string{"iris_dri.so", "libGLX_mesa.so.0"}; g.Open = busy }, nil},
		{"two drivers", func(g *evidence.GPU) {
			g.Messages = logged(time.Minute, ring, i915+"kiosk [4711]")
		}, []string{"P1 hang-ours", "P2 hang"}},
	} {
		ev := onScreen(c.edit)
		if c.name == "a program that draws nothing" {
			ev.Target.Toolkit = ""
			c.want = []string{"info hang"}
		}
		var got []string
		for _, f := range Findings(ev) {
			got = append(got, string(f.Severity)+" "+f.Title.Key[strings.LastIndex(f.Title.Key, ".")+1:])
			if f.ID != driverError || len(f.Why) == 0 || f.Confidence <= 0 || f.Confidence > 1 {
				t.Errorf("%s: %+v", c.name, f)
			}
			whole(t, c.name, &f)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// whole checks that all sentences of a finding are there, in both languages.
func whole(t *testing.T, name string, f *report.Finding) {
	t.Helper()
	for _, s := range sentences(f) {
		for _, lang := range []text.Lang{text.English, text.Chinese} {
			if out := s.In(lang); out == s.Key || strings.Contains(out, "%!") || strings.Contains(out, "%[") {
				t.Errorf("%s: %s in %s: %q", name, s.Key, lang, out)
			}
		}
	}
}

// Every pattern gives a finding whose sentences are whole, whoever it is about.
func TestEveryPatternHasItsFinding(t *testing.T) {
	for id, line := range driverlog.Examples() {
		for _, comm := range []string{"kiosk", "another"} {
			ev := onScreen(func(g *evidence.GPU) {
				g.Comm = comm
				if comm == "another" {
					g.Threads = []int{1}
				}
				g.Messages = logged(time.Minute, line)
				g.Output = []evidence.DriverMessage{{Text: line, Count: 3}}
			})
			for _, f := range GPU(ev) {
				whole(t, id, &f)
			}
		}
	}
}

// A log without a program: everything in it is told.
func TestALogAlone(t *testing.T) {
	ev := &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindLog, Name: "k.log"}, GPU: &evidence.GPU{At: gpuStart, Messages: logged(-100*time.Hour,
		"i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:84dffffb, in chrome [2117]")}}
	found := Findings(ev)
	if len(found) != 1 || found[0].Severity != report.P1 || found[0].Title.Key != "finding.gpu/driver-error.title.hang-others" {
		t.Errorf("%+v", found)
	}
	for _, r := range found[0].Remedy {
		if strings.Contains(r.Key, "safe") {
			t.Errorf("safe mode is proposed for a log")
		}
	}
}

func TestInSoftware(t *testing.T) {
	gpu := evidence.GPUCard{Name: "0000:03:00.0", Driver: "amdgpu", Vendor: "1002", Node: "/dev/dri/renderD128"}
	with := func(edit func(*evidence.GPUCard)) []evidence.GPUCard {
		c := gpu
		edit(&c)
		return []evidence.GPUCard{c}
	}
	for _, c := range []struct {
		name string
		edit func(*evidence.GPU)
		want string
	}{
		{"a GPU works for it", func(g *evidence.GPU) {
			g.Cards = with(func(*evidence.GPUCard) {})
			g.Open = []evidence.GPUOpen{{Path: "/dev/dri/renderD128", Driver: "amdgpu", Busy: time.Second}}
		}, ""},
		{"no GPU", func(*evidence.GPU) {}, "info no-gpu"},
		{"asked for", func(g *evidence.GPU) {
			g.Cards = with(func(*evidence.GPUCard) {})
			g.Variables = []evidence.GPUVariable{{Name: "LIBGL_ALWAYS_SOFTWARE", Value: "true"}}
		}, "info asked"},
		{"asked not to", func(g *evidence.GPU) {
			g.Cards = with(func(*evidence.GPUCard) {})
			g.Variables = []evidence.GPUVariable{{Name: "LIBGL_ALWAYS_SOFTWARE", Value: "0"}}
		}, "P2 unknown"},
		{"a virtual one", func(g *evidence.GPU) {
			g.Cards = with(func(c *evidence.GPUCard) { c.Driver, c.Virtual = "virtio_gpu", true })
		}, "info virtual"},
		{"Xvfb", func(g *evidence.GPU) { g.Cards = with(func(*evidence.GPUCard) {}); g.Server = "Xvfb" }, "info display"},
		{"VNC", func(g *evidence.GPU) { g.Cards = with(func(*evidence.GPUCard) {}); g.Server = "Xtigervnc" }, "P2 display"},
		{"ssh -X", func(g *evidence.GPU) { g.Cards = with(func(*evidence.GPUCard) {}); g.Remote = true }, "P2 remote"},
		{"no right", func(g *evidence.GPU) {
			g.Cards = with(func(c *evidence.GPUCard) { c.Denied, c.Group = true, "render" })
		}, "P1 denied"},
		{"a container", func(g *evidence.GPU) {
			g.Cards = with(func(c *evidence.GPUCard) { c.Absent = true })
			g.Container = true
		}, "P1 container"},
		{"no node", func(g *evidence.GPU) { g.Cards = with(func(c *evidence.GPUCard) { c.Absent = true }) }, "P1 absent"},
		{"no kernel driver", func(g *evidence.GPU) { g.Cards = with(func(c *evidence.GPUCard) { c.Driver, c.Node = "", "" }) }, "P1 unbound"},
		{"a variable", func(g *evidence.GPU) {
			g.Cards = with(func(*evidence.GPUCard) {})
			g.Variables = []evidence.GPUVariable{{Name: "MESA_LOADER_DRIVER_OVERRIDE", Value: "i965"}}
		}, "P1 variable"},
		{"no package", func(g *evidence.GPU) {
			g.Cards = with(func(*evidence.GPUCard) {})
			g.Missing = []string{"radeonsi_dri.so"}
		}, "P1 missing"},
		{"who knows", func(g *evidence.GPU) { g.Cards = with(func(*evidence.GPUCard) {}) }, "P2 unknown"},
	} {
		ev := onScreen(func(g *evidence.GPU) {
			g.Software, g.Renderer = "llvmpipe", "llvmpipe (LLVM 15.0.6, 256 bits)"
			c.edit(g)
		})
		got := ""
		for _, f := range Findings(ev) {
			got += string(f.Severity) + " " + f.Title.Key[strings.LastIndex(f.Title.Key, ".")+1:]
			whole(t, c.name, &f)
			if f.ID != softwareRenderer || len(f.Why) == 0 || len(f.Remedy) == 0 {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Safe mode is proposed where the driver is at fault, and not for a lock.
func TestSafeIsProposedWhereItHelps(t *testing.T) {
	proposed := func(fs []report.Finding) bool {
		return slices.ContainsFunc(fs, func(f report.Finding) bool {
			return slices.ContainsFunc(f.Remedy, func(r text.Text) bool { return r.Key == "finding.gpu/driver-error.now.safe" })
		})
	}
	stalled := []report.Finding{{ID: "ui-stalled/gpu"}}
	proposeSafe(onScreen(func(*evidence.GPU) {}), stalled)
	if !proposed(stalled) {
		t.Error("not for a stall of the driver")
	}
	locked := []report.Finding{{ID: "ui-blocked/mutex"}}
	proposeSafe(onScreen(func(*evidence.GPU) {}), locked)
	if proposed(locked) {
		t.Error("for a lock")
	}
	soft := []report.Finding{{ID: "ui-stalled/gpu"}}
	proposeSafe(onScreen(func(g *evidence.GPU) { g.Software = "llvmpipe" }), soft)
	if proposed(soft) {
		t.Error("for a program that draws in software already")
	}
	hung := Findings(onScreen(func(g *evidence.GPU) {
		g.Messages = logged(time.Minute, "i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:84dffffb, in kiosk [4711]")
	}))
	if !proposed(hung) {
		t.Error("not for a hang")
	}
}
