package toolkit

import (
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

func TestIsDriver(t *testing.T) {
	frames := func(fs ...evidence.Frame) []evidence.Frame { return fs }
	rt := func(fn string) evidence.Frame { return evidence.Frame{Function: fn, Origin: evidence.OriginRuntime} }
	lib := func(fn string) evidence.Frame { return evidence.Frame{Function: fn, Origin: evidence.OriginToolkit} }
	user := func(fn string) evidence.Frame { return evidence.Frame{Function: fn, Origin: evidence.OriginUser} }
	c := func(fn string) evidence.Frame { return evidence.Frame{Function: fn, Origin: evidence.OriginC} }
	for name, x := range map[string]struct {
		frames []evidence.Frame
		want   string
	}{
		"go-gl":             {frames(rt("runtime.cgocall"), lib("github.com/go-gl/gl/v3.2-core/gl._Cfunc_glowFinish"), lib("github.com/go-gl/gl/v3.2-core/gl.Finish"), user("main.draw")), "glFinish"},
		"swap":              {frames(rt("runtime.cgocall"), lib("github.com/go-gl/glfw/v3.3/glfw._Cfunc_glfwSwapBuffers"), lib("github.com/go-gl/glfw/v3.3/glfw.(*Window).SwapBuffers"), user("main.main")), "glfwSwapBuffers"},
		"vulkan":            {frames(rt("runtime.cgocall"), lib("gioui.org/internal/vk._Cfunc_vkQueueWaitIdle")), "vkQueueWaitIdle"},
		"egl":               {frames(rt("runtime.cgocall"), lib("gioui.org/internal/egl._Cfunc_eglSwapBuffers")), "eglSwapBuffers"},
		"purego":            {frames(rt("runtime.cgocall"), lib("github.com/ebitengine/purego.SyscallN"), lib("github.com/hajimehoshi/ebiten/v2/internal/graphicsdriver/opengl/gl.(*defaultContext).ReadPixels")), "glReadPixels"},
		"the user's own":    {frames(rt("runtime.cgocall"), user("main._Cfunc_glFinish"), user("main.draw")), "glFinish"},
		"a C stack":         {frames(c("poll"), c("glXSwapBuffers"), c("glfwSwapBuffers")), "glXSwapBuffers"},
		"events":            {frames(rt("runtime.cgocall"), lib("github.com/go-gl/glfw/v3.3/glfw._Cfunc_glfwPollEvents")), ""},
		"a user's C call":   {frames(rt("runtime.cgocall"), user("main._Cfunc_sleep"), user("main.draw")), ""},
		"above user code":   {frames(rt("time.Sleep"), user("main.draw"), lib("github.com/go-gl/gl/v3.2-core/gl._Cfunc_glowFinish")), ""},
		"above a callback":  {frames(lib("github.com/go-gl/glfw/v3.3/glfw.goWindowSizeCB"), rt("runtime.cgocallbackg"), lib("github.com/go-gl/glfw/v3.3/glfw._Cfunc_glfwSwapBuffers")), ""},
		"glib is not gl":    {frames(user("main._Cfunc_glib_check_version")), ""},
		"vkbd is not vk":    {frames(user("main._Cfunc_vkbd_open")), ""},
		"nothing":           {nil, ""},
		"Direct3D":          {frames(lib("gioui.org/internal/d3d11.(*DeviceContext).Flush")), "Direct3D Flush"},
		"without a package": {frames(rt("gogo"), c("vkWaitForFences")), "vkWaitForFences"},
	} {
		if got, ok := IsDriver(x.frames); got != x.want || ok != (x.want != "") {
			t.Errorf("%s: IsDriver = %q, %v, want %q", name, got, ok, x.want)
		}
	}
}

func TestDriverLibrary(t *testing.T) {
	for file, want := range map[string]bool{
		"/usr/lib/x86_64-linux-gnu/libGL.so.1.7.0":                 true,
		"/usr/lib/x86_64-linux-gnu/libGLX.so.0":                    true,
		"/usr/lib/x86_64-linux-gnu/libGLX_mesa.so.0.0.0":           true,
		"/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.535.183.01":    true,
		"/usr/lib/x86_64-linux-gnu/libGLdispatch.so.0.0.0":         true,
		"/usr/lib/x86_64-linux-gnu/libOpenGL.so.0":                 true,
		"/usr/lib/x86_64-linux-gnu/libGLESv2.so.2":                 true,
		"/usr/lib/x86_64-linux-gnu/libEGL.so.1.1.0":                true,
		"/usr/lib/x86_64-linux-gnu/libEGL_mesa.so.0":               true,
		"/usr/lib/x86_64-linux-gnu/libEGL_nvidia.so.535.1":         true,
		"/usr/lib/x86_64-linux-gnu/libvulkan.so.1.3.239":           true,
		"/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so":               true,
		"/usr/lib/x86_64-linux-gnu/libvulkan_intel_hasvk.so":       true,
		"/usr/lib/x86_64-linux-gnu/dri/swrast_dri.so":              true,
		"/usr/lib/x86_64-linux-gnu/dri/iris_dri.so":                true,
		"/usr/lib/x86_64-linux-gnu/libgallium-25.0.7-2.so":         true,
		"/usr/lib/x86_64-linux-gnu/libLLVM-15.so.1":                true,
		"/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1":                true,
		"/usr/lib/x86_64-linux-gnu/libdrm_amdgpu.so.1.0.0":         true,
		"/usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.535.183.01": true,
		"/usr/lib/x86_64-linux-gnu/libgbm.so.1.0.0":                true,
		"/usr/lib/libGL.so.1 (deleted)":                            true,
		"/usr/lib/x86_64-linux-gnu/libglib-2.0.so.0.7400.6":        false,
		"/usr/lib/x86_64-linux-gnu/libGLEW.so.2.2":                 false,
		"/usr/lib/x86_64-linux-gnu/libglfw.so.3":                   false,
		"/usr/lib/x86_64-linux-gnu/libX11.so.6.4.0":                false,
		"/usr/lib/x86_64-linux-gnu/libc.so.6":                      false,
		"/usr/lib/x86_64-linux-gnu/libsqlite3.so.0":                false,
		"/opt/app/game": false,
		"":              false,
	} {
		if got := DriverLibrary(file); got != want {
			t.Errorf("DriverLibrary(%q) = %v", file, got)
		}
	}
}

func TestDriverThread(t *testing.T) {
	for name, want := range map[string]bool{
		"llvmpipe-0": true, "llvmpipe-15": true, "fyne:disk$0": true, "game:gdrv0": true, "app:cs0": true, "app:sh0": true,
		"WSI swapchain q": true, "gomedic": false, "main": false, "worker-1": false, "": false,
	} {
		if got := DriverThread(name); got != want {
			t.Errorf("DriverThread(%q) = %v", name, got)
		}
	}
}

func TestPresentWait(t *testing.T) {
	hidden := []evidence.Frame{{Function: "poll"}, {Function: "wl_display_dispatch_queue"}, {Function: "eglSwapBuffers"}}
	working := []evidence.Frame{{Function: "ioctl"}, {Function: "drmIoctl"}, {Function: "glXSwapBuffers"}}
	if !PresentWait(hidden) || PresentWait(working) || PresentWait(nil) {
		t.Error("a wait for the display is told from one for the GPU")
	}
}

func TestAsksDriver(t *testing.T) {
	for name, want := range map[string]bool{
		"glFinish": true, "vkWaitForFences": true, "vkDeviceWaitIdle": true, "glReadPixels": true, "glMapBufferRange": true,
		"vkMapMemory": true, "glGetQueryObjectuiv": true, "eglClientWaitSync": true,
		"glXSwapBuffers": false, "eglSwapBuffers": false, "vkQueuePresentKHR": false, "vkAcquireNextImageKHR": false,
		"vkQueueSubmit": false, "glDrawArrays": false, "glGenerateMipmap": false, "getenv": false,
	} {
		if got := AsksDriver([]evidence.Frame{{Function: "poll", Origin: evidence.OriginC}, {Function: name, Origin: evidence.OriginC}}); got != want {
			t.Errorf("AsksDriver(%s) = %v", name, got)
		}
	}
}

func TestRasterThread(t *testing.T) {
	for name, want := range map[string]bool{"llvmpipe-0": true, "llvmpipe-15": true, "llvmpipe": false, "llvmpipe-": false,
		"my llvmpipe-0": false, "app:gl0": false, "": false} {
		if got := RasterThread(name); got != want {
			t.Errorf("RasterThread(%q) = %v", name, got)
		}
	}
}
