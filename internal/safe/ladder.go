package safe

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/gomedic/gomedic/internal/evidence"
)

// misleading are variables that choose a driver, or change what it says of itself: taken
// away, Mesa, glvnd and the Vulkan loader find the software renderer by themselves.
// Sources: docs.mesa3d.org/envvars.html, glvnd's README, the Vulkan loader's
// LoaderInterfaceArchitecture.md.
var misleading = []string{
	"LIBGL_DRIVERS_PATH", "LIBGL_ALWAYS_INDIRECT", "LIBGL_DRI2_DISABLE", "LIBGL_KOPPER_DISABLE", "MESA_LOADER_DRIVER_OVERRIDE",
	"MESA_GL_VERSION_OVERRIDE", "MESA_GLES_VERSION_OVERRIDE", "MESA_GLSL_VERSION_OVERRIDE", "MESA_EXTENSION_OVERRIDE", "MESA_SHADER_CACHE_DIR", "MESA_GLSL_CACHE_DIR",
	"DRI_PRIME", "__NV_PRIME_RENDER_OFFLOAD", "__GLX_FORCE_VENDOR_LIBRARY_0", "__EGL_VENDOR_LIBRARY_DIRS", "GBM_BACKEND", "EGL_PLATFORM",
	"MESA_VK_DEVICE_SELECT", "VK_ADD_DRIVER_FILES", "VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE", "VK_INSTANCE_LAYERS", "VK_LOADER_LAYERS_ENABLE",
	"MANGOHUD", "ENABLE_VKBASALT", "GALLIUM_HUD",
}

// needed are the variables that stay in the barest environment.
var needed = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TERM", "TZ", "TMPDIR", "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY",
	"XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "DBUS_SESSION_BUS_ADDRESS"}

// files are what a machine has of Mesa's software renderers.
type files struct {
	egl string // glvnd's file for Mesa's EGL
	lvp string // the Vulkan loader's file for lavapipe
	glx bool   // Mesa's GLX for glvnd
}

// installed looks for them below root.
func installed(root string) (f files) {
	first := func(patterns ...string) string {
		for _, p := range patterns {
			found, _ := filepath.Glob(root + p)
			if len(found) > 0 {
				slices.Sort(found)
				return strings.TrimPrefix(found[0], root)
			}
		}
		return ""
	}
	f.egl = first("/etc/glvnd/egl_vendor.d/*mesa*.json", "/usr/share/glvnd/egl_vendor.d/*mesa*.json", "/usr/local/share/glvnd/egl_vendor.d/*mesa*.json")
	f.lvp = first("/usr/share/vulkan/icd.d/lvp_icd*.json", "/etc/vulkan/icd.d/lvp_icd*.json", "/usr/local/share/vulkan/icd.d/lvp_icd*.json")
	f.glx = first("/usr/lib/*/libGLX_mesa.so.0", "/usr/lib64/libGLX_mesa.so.0", "/usr/lib/libGLX_mesa.so.0") != ""
	return f
}

// Ladder returns the rungs for a program, the mildest first, in the environment env.
func Ladder(p *Program, env []string) []evidence.Rung { return ladder(p, env, installed("")) }

func ladder(p *Program, env []string, have files) []evidence.Rung {
	software := rung(p, env, have, "software", "llvmpipe")
	all := []evidence.Rung{software}
	add := func(r evidence.Rung) { all = append(all, r) }
	wayland := variable(env, "WAYLAND_DISPLAY") != "" && variable(env, "DISPLAY") != ""
	noWayland := func(r *evidence.Rung) {
		if wayland {
			r.Unset = append(r.Unset, evidence.RungChange{Name: "WAYLAND_DISPLAY", Value: variable(env, "WAYLAND_DISPLAY"), Why: "safe.why.x11"})
			r.Set = append(r.Set, evidence.RungChange{Name: "XDG_SESSION_TYPE", Value: "x11", Why: "safe.why.x11"})
		}
	}
	if wayland {
		r := rung(p, env, have, "x11", "llvmpipe")
		noWayland(&r)
		add(r)
	}
	if p.Toolkit == "ebitengine" {
		switch {
		case semver.Compare(p.Version, "v2.9.7") >= 0: // internal/graphicsdriver/opengl/gl/procaddr_linbsd.go
			r := rung(p, env, have, "desktop-gl", "llvmpipe")
			r.Set = append(r.Set, evidence.RungChange{Name: "SteamEnv", Value: "1", Why: "safe.why.steam"})
			add(r)
		case semver.Compare(p.Version, "v2.8.0") < 0 && semver.Compare(p.Version, "v2.5.0") >= 0:
			r := rung(p, env, have, "gles", "llvmpipe")
			r.Set = append(r.Set, evidence.RungChange{Name: "EBITENGINE_OPENGL", Value: "es", Why: "safe.why.ebiten-es"})
			add(r)
		}
	}
	softpipe := rung(p, env, have, "softpipe", "softpipe")
	noWayland(&softpipe)
	add(softpipe)
	fresh := rung(p, env, have, "fresh", "llvmpipe")
	noWayland(&fresh)
	fresh.Folders = []evidence.RungChange{
		{Name: "config", Value: "aside", Why: "safe.why.fresh"}, {Name: "cache", Value: "aside", Why: "safe.why.cache"},
		{Name: "data", Value: "aside", Why: "safe.why.fresh"}, {Name: "state", Value: "aside", Why: "safe.why.fresh"},
	}
	add(fresh)
	bare := rung(p, env, have, "bare", "softpipe")
	noWayland(&bare)
	bare.Folders, bare.Bare = fresh.Folders, true
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "LC_") || slices.Contains(needed, name) || has(bare.Set, name) || has(bare.Unset, name) {
			continue
		}
		if name == "LD_PRELOAD" || name == "LD_LIBRARY_PATH" || strings.HasPrefix(name, "LD_") {
			bare.Unset = append(bare.Unset, evidence.RungChange{Name: name, Value: value, Why: "safe.why.loader"})
		}
	}
	add(bare)
	return all
}

func has(list []evidence.RungChange, name string) bool {
	return slices.ContainsFunc(list, func(c evidence.RungChange) bool { return c.Name == name })
}

// rung is the common part of all: drawn by that rasteriser, with the toolkit's own
// switches for less work, the cache aside.
func rung(p *Program, env []string, have files, name, driver string) evidence.Rung {
	r := evidence.Rung{Name: name}
	set := func(name, value, why string) {
		r.Set = append(r.Set, evidence.RungChange{Name: name, Value: value, Why: why})
	}
	set("LIBGL_ALWAYS_SOFTWARE", "1", "safe.why.software")
	set("GALLIUM_DRIVER", driver, "safe.why."+driver)
	if have.glx {
		set("__GLX_VENDOR_LIBRARY_NAME", "mesa", "safe.why.vendor")
	}
	if have.egl != "" {
		set("__EGL_VENDOR_LIBRARY_FILENAMES", have.egl, "safe.why.vendor")
	}
	if p.Toolkit == "gio" || p.Toolkit == "" { // of the toolkits only Gio draws by Vulkan
		switch {
		case driver == "softpipe": // lavapipe is llvmpipe, too: then rather none
			set("VK_DRIVER_FILES", "/dev/null", "safe.why.no-vulkan")
			set("VK_ICD_FILENAMES", "/dev/null", "safe.why.no-vulkan")
		case have.lvp != "":
			set("VK_DRIVER_FILES", have.lvp, "safe.why.lavapipe")
			set("VK_ICD_FILENAMES", have.lvp, "safe.why.lavapipe") // its name before loader 1.3.207
		}
	}
	away := misleading
	switch p.Toolkit {
	case "fyne":
		r.Folders = append(r.Folders, evidence.RungChange{Name: "config", Value: "own", Why: cmp.Or(map[bool]string{true: "safe.why.fyne"}[animated(p)], "safe.why.fyne-old")})
		// theme/theme.go, app/settings.go, internal/driver/glfw/scale.go
		away = slices.Concat(away, []string{"FYNE_THEME", "FYNE_FONT", "FYNE_FONT_MONOSPACE", "FYNE_FONT_SYMBOL", "FYNE_SCALE"})
	case "ebitengine":
		set("EBITENGINE_GRAPHICS_LIBRARY", "opengl", "safe.why.ebiten") // internal/ui/graphics.go
		away = slices.Concat(away, []string{"EBITEN_GRAPHICS_LIBRARY", "EBITENGINE_OPENGL", "SteamEnv"})
	}
	for _, n := range away {
		if v := variable(env, n); v != "" {
			r.Unset = append(r.Unset, evidence.RungChange{Name: n, Value: v, Why: "safe.why.misleading"})
		}
	}
	r.Folders = append(r.Folders, evidence.RungChange{Name: "cache", Value: "aside", Why: "safe.why.cache"})
	return r
}

// animated reports whether the settings of the program's Fyne can switch animations off
// (app.SettingsSchema, since 2.4).
func animated(p *Program) bool { return semver.Compare(p.Version, "v2.4.0") >= 0 }

// Rebuilds are the ways that need the program built anew, by tags that the toolkit's
// sources of that version have.
func Rebuilds(p *Program) []evidence.Build {
	type way struct{ tag, least, why string }
	ways := map[string][]way{
		"fyne":       {{"gles", "v2.0.0", "safe.build.gles"}, {"no_animations", "v2.4.0", "safe.build.no-animations"}},
		"gio":        {{"novulkan", "v0.0.0", "safe.build.novulkan"}, {"noopengl", "v0.0.0", "safe.build.noopengl"}, {"nowayland", "v0.0.0", "safe.build.nowayland"}},
		"ebitengine": {{"ebitenginesinglethread", "v2.4.0", "safe.build.single-thread"}},
	}[p.Toolkit]
	var all []evidence.Build
	for _, w := range ways {
		have := strings.FieldsFunc(p.Tags, func(r rune) bool { return r == ',' || r == ' ' })
		if semver.Compare(p.Version, w.least) < 0 || slices.Contains(have, w.tag) || p.Main == "" {
			continue
		}
		tags := strings.Join(append(have, w.tag), ",")
		main := p.Main
		if main == "command-line-arguments" {
			main = "."
		}
		all = append(all, evidence.Build{Command: "CGO_ENABLED=1 go build -tags " + tags + " -o " + filepath.Base(p.Path) + "-safe " + main, Why: w.why})
	}
	return all
}

// Folklore names variables that are set and that no toolkit reads.
func Folklore(env []string) (names []string) {
	for _, n := range []string{"FYNE_RENDERER", "FYNE_DRIVER", "GIO_RENDERER", "GIO_BACKEND"} {
		if variable(env, n) != "" {
			names = append(names, n)
		}
	}
	return names
}

// exists reports whether there is such a file or folder.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
