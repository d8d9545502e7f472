// Command egl calls OpenGL ES without a window, a known number of times from known
// functions, half of the calls by addresses that it has fetched. It begins when a line
// comes on standard input, and ends with it. After the line "measure" it calls glFinish
// and glGenTextures a few hundred times a second instead, and says what a call takes.
package main

/*
#cgo LDFLAGS: -lEGL -lGLESv2
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

static EGLDisplay display;
static EGLSurface surface;
static void (*finish)(void);

static int start(void)
{
	display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		return 1;
	EGLint want[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_NONE}, n;
	EGLConfig config;
	if (!eglChooseConfig(display, want, &config, 1, &n) || !n)
		return 2;
	EGLint size[] = {EGL_WIDTH, 64, EGL_HEIGHT, 64, EGL_NONE}, version[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_NONE};
	surface = eglCreatePbufferSurface(display, config, size);
	EGLContext context = eglCreateContext(display, config, EGL_NO_CONTEXT, version);
	finish = (void (*)(void))eglGetProcAddress("glFinish");
	return eglMakeCurrent(display, surface, surface, context) ? 0 : 3;
}

static void swap(void) { eglSwapBuffers(display, surface); }
static void finishFetched(void) { finish(); }
static void *fence(void) { return glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0); }
static void wait(void *sync) { glClientWaitSync(sync, GL_SYNC_FLUSH_COMMANDS_BIT, 1000000000); }
static void drop(void *sync) { glDeleteSync(sync); }
static void textures(GLuint *names, int n) { glGenTextures(n, names); }
static void forget(GLuint *names, int n) { glDeleteTextures(n, names); }
static void clear(void) { glClear(GL_COLOR_BUFFER_BIT); }
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"
)

func finishes(frame int) {
	if frame%2 == 0 {
		C.glFinish()
	} else {
		C.finishFetched()
	}
}

func keepsFence() unsafe.Pointer { return C.fence() }

func usesFence() {
	f := C.fence()
	C.wait(f)
	C.drop(f)
}

func makesTextures(frame int) {
	var names [40]C.GLuint
	C.textures(&names[0], 40)
	C.forget(&names[0], 38) // two are left
}

// measure prints the nanoseconds of a call of glFinish, and of one of glGenTextures with
// one of glDeleteTextures: the least mean of many batches.
func measure() {
	least := [2]time.Duration{time.Hour, time.Hour}
	const batches, calls = 40, 20
	for range batches {
		began := time.Now()
		for range calls {
			C.glFinish()
		}
		least[0] = min(least[0], time.Since(began)/calls)
		began = time.Now()
		for range calls {
			var name C.GLuint
			C.textures(&name, 1)
			C.forget(&name, 1)
		}
		least[1] = min(least[1], time.Since(began)/calls)
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Println(least[0].Nanoseconds(), least[1].Nanoseconds())
}

func main() {
	runtime.LockOSThread()
	if r := C.start(); r != 0 {
		fmt.Println("no EGL:", r)
		return
	}
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	for in.Text() == "measure" {
		measure()
		in.Scan()
	}
	var old []unsafe.Pointer
	for frame := range 50 {
		C.clear()
		finishes(frame)
		old = append(old, keepsFence())
		usesFence()
		if len(old) > 2 {
			C.wait(old[len(old)-3])
		}
		makesTextures(frame)
		C.swap()
		time.Sleep(2 * time.Millisecond)
	}
	fmt.Println("done")
	in.Scan()
}
