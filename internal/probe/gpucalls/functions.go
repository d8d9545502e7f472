package gpucalls

import (
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
)

// api says where a function is looked for.
type api uint8

const (
	apiGL     api = iota // behind the stubs of libGL, libGLESv2, libOpenGL
	apiWindow            // GLX, EGL: the exported function
	apiVulkan            // in the loader's tables
)

// function is a function that is watched.
type function struct {
	name string
	api  api
	kind evidence.GPUKind
	// object is the kind of objects that it makes or destroys, empty: none; about is the
	// kind of which one is in its arguments: that is handed to the driver, or waited for.
	// how and arg say how, as [bpf.Site] does.
	object string
	about  string
	how    bpf.How
	arg    uint8
	// strict: what it stores or returns is a handle only where it has not failed: it returns
	// 0, or not -1.
	strict bool
}

// Kinds of objects that are waited for.
const (
	glSync  = "sync object"
	eglSync = "EGL sync object"
	vkFence = "fence"
)

const (
	deviceMemory   = "device memory"
	allocateMemory = "vkAllocateMemory"
)

const queryResult = "glGetQueryObjectuiv"

// functions are those that can keep their caller waiting, and those that make and
// destroy objects (The OpenGL Graphics System 4.6, GLX 1.4, EGL 1.5, Vulkan 1.3).
// A function's place here is its number.
var functions = func() []function {
	fs := []function{
		{name: "glXSwapBuffers", api: apiWindow, kind: evidence.GPUSwap},
		{name: "eglSwapBuffers", api: apiWindow, kind: evidence.GPUSwap},
		{name: "glXSwapIntervalEXT", api: apiWindow, kind: evidence.GPUInterval},
		{name: "glXSwapIntervalMESA", api: apiWindow, kind: evidence.GPUInterval},
		{name: "glXSwapIntervalSGI", api: apiWindow, kind: evidence.GPUInterval},
		{name: "eglSwapInterval", api: apiWindow, kind: evidence.GPUInterval},
		{name: "eglClientWaitSync", api: apiWindow, kind: evidence.GPUWait, about: eglSync, how: bpf.Shows, arg: 1},
		{name: "glFinish", kind: evidence.GPUFinish},
		{name: "glFlush", kind: evidence.GPUFlush},
		{name: "glReadPixels", kind: evidence.GPURead},
		{name: "glGetTexImage", kind: evidence.GPURead},
		{name: "glClientWaitSync", kind: evidence.GPUWait, about: glSync, how: bpf.Shows},
		{name: "glMapBuffer", kind: evidence.GPUMap},
		{name: "glMapBufferRange", kind: evidence.GPUMap},
		{name: "glGetBufferSubData", kind: evidence.GPURead},
		{name: queryResult, kind: evidence.GPUWait},
		{name: "vkQueueSubmit", api: apiVulkan, kind: evidence.GPUSubmit, about: vkFence, how: bpf.Shows, arg: 3},
		{name: "vkQueueSubmit2", api: apiVulkan, kind: evidence.GPUSubmit, about: vkFence, how: bpf.Shows, arg: 3},
		{name: "vkQueueWaitIdle", api: apiVulkan, kind: evidence.GPUFinish},
		{name: "vkDeviceWaitIdle", api: apiVulkan, kind: evidence.GPUFinish},
		{name: "vkWaitForFences", api: apiVulkan, kind: evidence.GPUWait, about: vkFence, how: bpf.Points, arg: 2},
		{name: "vkWaitSemaphores", api: apiVulkan, kind: evidence.GPUWait},
		{name: "vkAcquireNextImageKHR", api: apiVulkan, kind: evidence.GPUAcquire},
		{name: "vkAcquireNextImage2KHR", api: apiVulkan, kind: evidence.GPUAcquire},
		{name: "vkQueuePresentKHR", api: apiVulkan, kind: evidence.GPUSwap},

		{name: "glFenceSync", object: glSync, how: bpf.Returned},
		{name: "glDeleteSync", object: glSync, how: bpf.Destroys},
		{name: "eglCreateSync", api: apiWindow, object: eglSync, how: bpf.Returned},
		{name: "eglDestroySync", api: apiWindow, object: eglSync, how: bpf.Destroys, arg: 1},
		{name: "glCreateShader", object: "shader", how: bpf.Returned},
		{name: "glDeleteShader", object: "shader", how: bpf.Named},
		{name: "glCreateProgram", object: "program", how: bpf.Returned},
		{name: "glDeleteProgram", object: "program", how: bpf.Named},
		{name: allocateMemory, api: apiVulkan, object: deviceMemory, how: bpf.Stored, arg: 3},
		{name: "vkFreeMemory", api: apiVulkan, object: deviceMemory, how: bpf.Destroys, arg: 1},
	}
	for _, o := range []struct{ many, object string }{
		{"Textures", "texture"}, {"Buffers", "buffer"}, {"Framebuffers", "framebuffer"}, {"Renderbuffers", "renderbuffer"},
		{"VertexArrays", "vertex array"}, {"Queries", "query"}, {"Samplers", "sampler"},
	} {
		fs = append(fs,
			function{name: "glGen" + o.many, object: o.object, how: bpf.Listed, arg: 1},
			function{name: "glDelete" + o.many, object: o.object, how: bpf.Unlists, arg: 1})
	}
	for _, o := range []struct{ one, object string }{
		{"Fence", vkFence}, {"Semaphore", "semaphore"}, {"Event", "event"}, {"Image", "image"}, {"ImageView", "image view"},
		{"Buffer", "Vulkan buffer"}, {"Framebuffer", "Vulkan framebuffer"}, {"QueryPool", "query pool"}, {"CommandPool", "command pool"},
		{"DescriptorPool", "descriptor pool"},
	} {
		fs = append(fs,
			function{name: "vkCreate" + o.one, api: apiVulkan, object: o.object, how: bpf.Stored, arg: 3},
			function{name: "vkDestroy" + o.one, api: apiVulkan, object: o.object, how: bpf.Destroys, arg: 1})
	}
	return fs
}()

// needs are the arguments of which a probe at the function's beginning tells something.
func (f *function) needs() []uint8 {
	switch {
	case f.how == bpf.Listed, f.how == bpf.Unlists:
		return []uint8{0, f.arg}
	case f.how == bpf.Returned:
		return nil
	case f.name == allocateMemory: // what it is told to allocate
		return []uint8{1, f.arg}
	case f.how != bpf.Timed:
		return []uint8{f.arg}
	case f.kind == evidence.GPUSwap, f.kind == evidence.GPUInterval:
		return []uint8{0, 1, 2}
	case f.name == queryResult:
		return []uint8{1}
	}
	return nil
}
