package toolkit

import (
	"path"
	"regexp"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// driverPrefixes are the beginnings of C functions of the graphics driver: what
// follows starts with a capital letter. "glow" is go-gl's name for "gl"; its
// generator (glow) prefixes the C wrappers.
var driverPrefixes = []string{"glow", "glX", "egl", "wgl", "gl", "vk", "glfwSwapBuffers", "glfwMakeContextCurrent"}

// driverMethods are Go functions that stand for a call into the graphics driver
// without cgo's stubs: Ebitengine calls C through purego, Windows and macOS go
// through system calls and message sends. The driver's function is prefix and the
// method's name.
var driverMethods = []struct {
	match  Pattern
	prefix string
}{
	{"github.com/hajimehoshi/ebiten/v2/internal/graphicsdriver/opengl/gl.(*defaultContext).…", "gl"},
	{"github.com/hajimehoshi/ebiten/v2/internal/graphicsdriver/metal/…", "Metal "},
	{"github.com/hajimehoshi/ebiten/v2/internal/graphicsdriver/directx.(*_ID3D…", "Direct3D "},
	{"github.com/hajimehoshi/ebiten/v2/internal/graphicsdriver/directx.(*_IDXGI…", "DXGI "},
	{"gioui.org/internal/d3d11.…", "Direct3D "},
	{"gioui.org/gpu/internal/metal.…", "Metal "},
	{"github.com/hajimehoshi/ebiten/v2/internal/glfw.(*Window).SwapBuffers", "glfw"},
	{"github.com/vulkan-go/vulkan.…", "vk"},
}

// IsDriver says whether the stack stands in the graphics driver, and in which of
// its functions ("glFinish"). It looks from the leaf outwards, up to the first
// function of user code that is no cgo stub, or to a callback from C.
func IsDriver(frames []evidence.Frame) (function string, ok bool) {
	for _, f := range frames {
		_, name := splitFunction(f.Function)
		if f.Origin == evidence.OriginC {
			name = f.Function
		} else if c, found := strings.CutPrefix(name, "_Cfunc_"); found {
			name = c
		} else {
			if strings.HasPrefix(f.Function, "runtime.cgocallback") || f.Origin == evidence.OriginUser {
				return "", false
			}
			for _, m := range driverMethods {
				if m.match.Match(f.Function) {
					return m.prefix + canonical(name[strings.LastIndexByte(name, '.')+1:]), true
				}
			}
			continue
		}
		if fn, ok := driverFunction(name); ok {
			return fn, true
		}
	}
	return "", false
}

// driverAnswers are words in the names of the driver's functions that wait for what it has
// drawn, or give it back: glFinish, vkQueueWaitIdle, glReadPixels, glMapBuffer,
// glGetQueryObjectuiv.
var driverAnswers = regexp.MustCompile(`Finish|Wait|Read|Map|Get`)

// AsksDriver says whether the stack stands in a function of the graphics driver by which
// the program asks to wait for what was drawn: not in one that hands the picture over.
func AsksDriver(frames []evidence.Frame) bool {
	function, ok := IsDriver(frames)
	return ok && driverAnswers.MatchString(function)
}

// driverFunction recognises a C function of the graphics driver by its name.
func driverFunction(name string) (string, bool) {
	for _, p := range driverPrefixes {
		rest, found := strings.CutPrefix(name, p)
		switch {
		case !found:
		case rest == "":
			return name, true
		case 'A' <= rest[0] && rest[0] <= 'Z':
			if p == "glow" {
				p = "gl"
			}
			return p + rest, true
		}
	}
	return "", false
}

// driverLibraries are the names of libraries whose code is the graphics driver's:
// the loaders (libglvnd, the Vulkan loader), Mesa, LLVM as Mesa's compiler, the
// vendors' own.
var driverLibraries = regexp.MustCompile(`^(` + strings.Join([]string{
	`lib(Open)?GL(X|ESv1_CM|ESv2|dispatch|core|U)?(_[a-z]+)?`, // libGL, libGLX_mesa, libGLESv2, libOpenGL, libGLdispatch
	`libEGL(_[a-z]+)?`,
	`libvulkan(_[a-z_0-9]+)?`, // libvulkan, libvulkan_lvp, libvulkan_radeon
	`libgallium(-[0-9a-z.~+-]+)?`,
	`[a-z0-9_]+_dri`, `libdri_[a-z]+`, `libglapi`, `libgbm`,
	`libLLVM(-[0-9]+)?`,
	`libdrm(_[a-z]+)?`,
	`libnvidia-[a-z0-9-]+`, `libcuda`,
	`libamdgpu[a-z_]*`, `amdvlk(32|64)`,
	`libigdgmm`, `libswrast[a-z]*`, `libmali(-[a-z0-9-]+)?`, `libPVR[a-zA-Z_]*`, `libVX[a-z]*`,
}, `|`) + `)\.so(\.[0-9.]+)?$`)

// DriverLibrary says whether the code of the file is the graphics driver's.
func DriverLibrary(file string) bool {
	return driverLibraries.MatchString(strings.TrimSuffix(path.Base(file), " (deleted)"))
}

// driverThreads are the names that Mesa and the vendors give to their own threads
// (util_queue, llvmpipe's rasterizer, the Vulkan window system code).
var driverThreads = regexp.MustCompile(`(llvmpipe-\d+|:(gl|cs|sh|shlo|disk\$|traceq|gdrv|zsq|rend|WSI)\d*\b.*|^WSI .*|^\[?vk[a-z]+.*|^dri.*worker.*)$`)

// DriverThread says whether an OS thread of that name belongs to the graphics
// driver.
func DriverThread(name string) bool { return driverThreads.MatchString(name) }

// rasterThreads are the names of the threads with which a driver draws on the CPU
// (Mesa, src/gallium/drivers/llvmpipe/lp_rast.c; lavapipe draws by llvmpipe).
var rasterThreads = regexp.MustCompile(`^llvmpipe-\d+$`)

// RasterThread says whether an OS thread of that name is one with which a graphics
// driver draws on the CPU.
func RasterThread(name string) bool { return rasterThreads.MatchString(name) }

// presentWaits are C functions in which a swap or present waits for the
// compositor or the X server, not for the GPU: the window is hidden, minimised or
// throttled to the display's rate (Mesa's loader_dri3_helper.c, platform_wayland.c,
// wsi_common_wayland.c, wsi_common_x11.c).
var presentWaits = []string{
	"xcb_wait_for_special_event", "wl_display_dispatch_queue", "wl_display_dispatch_queue_timeout",
	"wl_display_roundtrip_queue", "dri3_wait_for_event_locked", "dri2_wl_swap_buffers_with_damage",
	"loader_dri3_wait_for_sbc", "loader_dri3_swapbuffer_barrier", "x11_present_to_x11_dri3",
}

// PresentWait says whether a C stack waits within a swap or present for the
// display, as it does for a hidden window: no fault of the program's, and not the
// GPU's.
func PresentWait(c []evidence.Frame) bool {
	for _, f := range c {
		for _, name := range presentWaits {
			if f.Function == name {
				return true
			}
		}
	}
	return false
}
