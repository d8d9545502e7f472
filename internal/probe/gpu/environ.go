package gpu

import (
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Variables are those that choose a driver or change what it offers: Mesa's
// (docs.mesa3d.org/envvars.html), glvnd's, the Vulkan loader's, NVIDIA's and the
// toolkits' own.
var Variables = []string{
	"LIBGL_ALWAYS_SOFTWARE", "LIBGL_ALWAYS_INDIRECT", "LIBGL_DRIVERS_PATH", "LIBGL_DRI2_DISABLE", "LIBGL_DRI3_DISABLE", "LIBGL_KOPPER_DISABLE",
	"GALLIUM_DRIVER", "MESA_LOADER_DRIVER_OVERRIDE", "MESA_GL_VERSION_OVERRIDE", "MESA_GLES_VERSION_OVERRIDE", "MESA_GLSL_VERSION_OVERRIDE",
	"MESA_EXTENSION_OVERRIDE", "MESA_VK_DEVICE_SELECT", "MESA_SHADER_CACHE_DIR", "DRI_PRIME", "GBM_BACKEND", "EGL_PLATFORM",
	"__GLX_VENDOR_LIBRARY_NAME", "__EGL_VENDOR_LIBRARY_FILENAMES", "__EGL_VENDOR_LIBRARY_DIRS", "__GLX_FORCE_VENDOR_LIBRARY_0", "__NV_PRIME_RENDER_OFFLOAD",
	"VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE",
	"VK_INSTANCE_LAYERS", "VK_LOADER_LAYERS_ENABLE", "VK_LAYER_PATH",
	"EBITENGINE_GRAPHICS_LIBRARY", "EBITEN_GRAPHICS_LIBRARY", "EBITENGINE_OPENGL", "FYNE_RENDERER", "LD_PRELOAD", "LD_LIBRARY_PATH",
}

// environment reads the target's variables, and where its windows are.
func (l *look) environment() {
	g := &l.res.GPU
	b := read(l.of("environ"))
	env := map[string]string{}
	for _, v := range strings.Split(b, "\x00") {
		if k, val, ok := strings.Cut(v, "="); ok {
			env[k] = val
		}
	}
	for _, n := range Variables {
		if v, ok := env[n]; ok && v != "" {
			g.Variables = append(g.Variables, evidence.GPUVariable{Name: n, Value: clean(v)})
		}
	}
	g.Display = env["DISPLAY"]
	if env["WAYLAND_DISPLAY"] != "" && g.Display == "" {
		g.Display = env["WAYLAND_DISPLAY"]
		return
	}
	host, number, ok := strings.Cut(g.Display, ":")
	if !ok {
		return
	}
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.Atoi(number)
	if err != nil {
		return
	}
	if host != "" && host != "unix" { // ssh -X: localhost:10.0
		g.Remote = net.ParseIP(host) != nil || !strings.HasPrefix(host, "/")
		return
	}
	// The server keeps a lock with its pid (Xserver(1)).
	pid := strings.TrimSpace(read(l.path("/tmp/.X" + strconv.Itoa(n) + "-lock")))
	if _, err := strconv.Atoi(pid); err != nil {
		pid = peer(l.path("/tmp/.X11-unix/X" + strconv.Itoa(n)))
	}
	if pid != "" {
		g.Server = strings.TrimSpace(read(l.path("/proc/" + pid + "/comm")))
	}
}

// libraries are those of graphics drivers, by how their names begin.
var libraries = []string{"libGL.", "libGLX", "libEGL", "libGLES", "libOpenGL", "libGLdispatch", "libgallium", "libglapi", "libvulkan", "libVk", "libLLVM", "libnvidia", "libdrm", "libgbm", "libosmesa", "libOSMesa"}

// driverFiles are the files that Mesa needs to draw with a kernel driver's GPU: in Mesa
// before 24.2 one for each, since then libgallium for all.
var driverFiles = map[string][]string{
	"amdgpu": {"radeonsi_dri.so"}, "radeon": {"r600_dri.so", "r300_dri.so", "radeonsi_dri.so"}, "i915": {"iris_dri.so", "crocus_dri.so", "i965_dri.so", "i915_dri.so"},
	"xe": {"iris_dri.so"}, "nouveau": {"nouveau_dri.so"}, "panfrost": {"panfrost_dri.so"}, "panthor": {"panfrost_dri.so"}, "lima": {"lima_dri.so"},
	"v3d": {"v3d_dri.so"}, "vc4": {"vc4_dri.so"}, "msm": {"msm_dri.so"}, "etnaviv": {"etnaviv_dri.so"}, "virtio_gpu": {"virtio_gpu_dri.so"}, "vmwgfx": {"vmwgfx_dri.so"},
}

// missing names the driver files that the machine's cards need and the target does not
// have installed.
func (l *look) missing() {
	g := &l.res.GPU
	var have []string
	for _, dir := range []string{"/usr/lib/*/dri", "/usr/lib/dri", "/usr/lib64/dri", "/usr/local/lib/*/dri", "/usr/lib/*", "/usr/lib64", "/usr/lib"} {
		for _, pattern := range []string{"*_dri.so", "libgallium*"} {
			found, _ := filepath.Glob(l.of("root" + dir + "/" + pattern))
			for _, f := range found {
				have = append(have, filepath.Base(f))
			}
		}
	}
	if len(have) == 0 || slices.ContainsFunc(have, func(s string) bool { return strings.HasPrefix(s, "libgallium") }) {
		return // no Mesa where it is looked for, or one that has all drivers in one file
	}
	for _, c := range g.Cards {
		need := driverFiles[c.Driver]
		if len(need) > 0 && !slices.ContainsFunc(need, func(n string) bool { return slices.Contains(have, n) }) {
			g.Missing = append(g.Missing, need[0])
		}
	}
	slices.Sort(g.Missing)
	g.Missing = slices.Compact(g.Missing)
}
