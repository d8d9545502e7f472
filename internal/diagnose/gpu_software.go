package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/driverlog"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// inSoftware: the program's picture is computed by the CPU. That is no fault where it was
// asked for, or where there is no GPU.
func inSoftware(ev *evidence.Evidence, said []message) (report.Finding, bool) {
	g := ev.GPU
	if g.Software == "" || slices.ContainsFunc(g.Open, func(o evidence.GPUOpen) bool { return o.Busy > 0 || o.Mapped > 0 }) {
		return report.Finding{}, false
	}
	name := cmp.Or(g.Renderer, g.Software)
	f := report.Finding{ID: softwareRenderer, Severity: report.Info, Confidence: 0.95, Evidence: []string{"gpu"}}
	if g.Renderer != "" {
		f.Why = append(f.Why, text.T("why.gpu.renderer", g.Renderer))
	} else {
		f.Confidence = 0.8
		f.Why = append(f.Why, text.T("why.gpu.workers", g.Software))
	}
	because := func(s report.Severity, cause string, args ...any) {
		f.Severity = s
		f.Title = text.T("finding.gpu/software-renderer.title."+cause, append([]any{name}, args...)...)
	}
	cards := slices.DeleteFunc(slices.Clone(g.Cards), func(c evidence.GPUCard) bool { return c.Virtual })
	card := func(is func(*evidence.GPUCard) bool) *evidence.GPUCard {
		for i := range cards {
			if is(&cards[i]) {
				return &cards[i]
			}
		}
		return nil
	}
	kernel := slices.IndexFunc(said, func(m message) bool {
		return !m.output && (m.Kind == driverlog.Init || m.Kind == driverlog.Lost || m.Kind == driverlog.Mismatch)
	})
	if v := asksForSoftware(g); v != nil {
		because(report.Info, "asked", v.Name+"="+v.Value)
		f.Why = append(f.Why, text.T("why.gpu.variable", v.Name, v.Value))
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.change.asked", v.Name)}
		return f, true
	}
	if len(g.Cards) == 0 {
		because(report.Info, "no-gpu")
		f.Why = append(f.Why, text.T("why.gpu.no-card"))
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.change.no-gpu")}
		return f, true
	}
	if len(cards) == 0 {
		because(report.Info, "virtual", g.Cards[0].Driver)
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.change.virtual")}
		return f, true
	}
	if g.Server == "Xvfb" {
		because(report.Info, "display", g.Display, g.Server)
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.change.display")}
		return f, true
	}
	if c := card(func(c *evidence.GPUCard) bool { return c.Driver != "" && !c.Denied && !c.Absent }); c == nil {
		first := cards[0]
		switch denied, absent := card(func(c *evidence.GPUCard) bool { return c.Denied }), card(func(c *evidence.GPUCard) bool { return c.Absent }); {
		case denied != nil:
			because(report.P1, "denied", denied.Node)
			f.Why = append(f.Why, text.T("why.gpu.denied", denied.Node, denied.Group))
			f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.denied", denied.Group)}
		case absent != nil && g.Container:
			because(report.P1, "container", absent.Node)
			f.Why = append(f.Why, text.T("why.gpu.container", absent.Node))
			f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.container")}
		case absent != nil:
			because(report.P1, "absent", absent.Node)
			f.Why = append(f.Why, text.T("why.gpu.absent", absent.Node, absent.Driver))
			f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.absent")}
		default:
			because(report.P1, "unbound", first.Name)
			f.Why = append(f.Why, text.T("why.gpu.unbound", first.Name, first.Vendor))
			f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.unbound")}
		}
		return f, true
	}
	for _, c := range cards {
		f.Why = append(f.Why, text.T("why.gpu.card", c.Name, cmp.Or(c.Driver, "?")))
	}
	switch v := misleads(g); {
	case g.Remote:
		because(report.P2, "remote", g.Display)
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.change.remote")}
	case strings.Contains(strings.ToLower(g.Server), "vnc"), g.Server == "Xephyr", g.Server == "Xnest":
		because(report.P2, "display", g.Display, g.Server)
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.change.display")}
	case v != nil:
		because(report.P1, "variable", v.Name+"="+v.Value)
		f.Why = append(f.Why, text.T("why.gpu.variable", v.Name, v.Value))
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.variable", v.Name)}
	case len(g.Missing) > 0:
		because(report.P1, "missing", g.Missing[0])
		f.Why = append(f.Why, text.T("why.gpu.missing", g.Missing[0]))
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.missing")}
	case kernel >= 0:
		because(report.P1, "kernel", said[kernel].Driver)
		f.Why = append(f.Why, quotedMessage(&said[kernel]))
		if said[kernel].Do != "" {
			f.Remedy = []text.Text{text.T("driver.now." + said[kernel].Do)}
		}
	default:
		because(report.P2, "unknown", cards[0].Driver)
		f.Confidence -= 0.1
		f.Remedy = []text.Text{text.T("finding.gpu/software-renderer.now.unknown")}
	}
	return f, true
}

// asksForSoftware is the variable that asks for drawing in software.
func asksForSoftware(g *evidence.GPU) *evidence.GPUVariable {
	for i := range g.Variables {
		v := &g.Variables[i]
		value := strings.ToLower(v.Value)
		switch v.Name {
		case "LIBGL_ALWAYS_SOFTWARE":
			if slices.Contains([]string{"1", "true", "yes", "y", "t"}, value) { // util/u_debug.c
				return v
			}
		case "GALLIUM_DRIVER":
			if value == "llvmpipe" || value == "softpipe" || value == "swr" {
				return v
			}
		case "MESA_LOADER_DRIVER_OVERRIDE":
			if value == "swrast" || value == "kms_swrast" {
				return v
			}
		case "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_SELECT":
			if strings.Contains(value, "lvp") || strings.Contains(value, "swiftshader") {
				return v
			}
		}
	}
	return nil
}

// misleads is a variable that sends the search for a driver to where none is.
func misleads(g *evidence.GPU) *evidence.GPUVariable {
	names := []string{"MESA_LOADER_DRIVER_OVERRIDE", "LIBGL_DRIVERS_PATH", "GALLIUM_DRIVER", "__GLX_VENDOR_LIBRARY_NAME", "__EGL_VENDOR_LIBRARY_FILENAMES", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "LIBGL_ALWAYS_INDIRECT",
		"MESA_GL_VERSION_OVERRIDE", "MESA_GLES_VERSION_OVERRIDE", "MESA_EXTENSION_OVERRIDE"}
	for _, n := range names {
		for i := range g.Variables {
			if g.Variables[i].Name == n {
				return &g.Variables[i]
			}
		}
	}
	return nil
}

// noDriver: OpenGL was asked for, and no driver or no context came: the program has no
// window.
func noDriver(ev *evidence.Evidence) (report.Finding, bool) {
	g := ev.GPU
	has := func(prefix, part string) bool {
		return slices.ContainsFunc(g.Libraries, func(s string) bool { return strings.HasPrefix(s, prefix) && strings.Contains(s, part) })
	}
	if ev.Target.Toolkit == "" || ev.Target.Kind != evidence.KindProcess || !has("libGLX_mesa", "") && !has("libEGL_mesa", "") {
		return report.Finding{}, false
	}
	if has("libnvidia", "") || has("libGLX_nvidia", "") || has("libvulkan_", "") ||
		g.GL != "" || g.Partial || len(g.Open) > 0 || g.Remote {
		return report.Finding{}, false
	}
	v := misleads(g)
	f := report.Finding{ID: driverError, Severity: report.P0, Confidence: 0.8, Evidence: []string{"gpu"}, Title: text.T("finding.gpu/driver-error.title.no-driver")}
	f.Why = []text.Text{text.T("why.gpu.no-driver")}
	if has("", "_dri.so") || has("libgallium", "") || g.Renderer != "" || g.Software != "" {
		// A driver is there, and no context. Only a variable that takes away what the
		// toolkit needs makes that more than a moment at the start.
		if v == nil || !strings.HasPrefix(v.Name, "MESA_GL") && v.Name != "MESA_EXTENSION_OVERRIDE" && v.Name != "GALLIUM_DRIVER" {
			return report.Finding{}, false
		}
		f.Confidence, f.Title, f.Why = 0.75, text.T("finding.gpu/driver-error.title.no-context"), []text.Text{text.T("why.gpu.no-context")}
	}
	f.Remedy = []text.Text{text.T("finding.gpu/driver-error.now.safe", safeCommand(ev))}
	if v != nil {
		f.Confidence = min(0.95, f.Confidence+0.15)
		f.Why = append(f.Why, text.T("why.gpu.variable", v.Name, v.Value))
		f.Remedy = append(f.Remedy, text.T("finding.gpu/software-renderer.now.variable", v.Name))
	} else {
		f.Remedy = append(f.Remedy, text.T("driver.now.loader"))
	}
	return f, true
}

// proposeSafe adds to findings about the graphics driver that the program can be started
// without it, where it does not draw in software already.
func proposeSafe(ev *evidence.Evidence, all []report.Finding) {
	if ev.GPU == nil || ev.GPU.Software != "" || ev.Target.Kind != evidence.KindProcess {
		return
	}
	for i := range all {
		if all[i].ID == "ui-stalled/gpu" {
			all[i].Remedy = append(all[i].Remedy, text.T("finding.gpu/driver-error.now.safe", safeCommand(ev)))
		}
	}
}
