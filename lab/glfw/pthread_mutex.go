package main

// #include <pthread.h>
// #include <unistd.h>
//
// static pthread_mutex_t camera = PTHREAD_MUTEX_INITIALIZER;
//
// static void *capture(void *unused) {
//     pthread_mutex_lock(&camera);
//     for (;;) sleep(60);
//     return unused;
// }
//
// static int open_camera(void) {
//     pthread_t thread;
//     return pthread_create(&thread, NULL, capture, NULL);
// }
//
// static int read_camera(void) {
//     pthread_mutex_lock(&camera);
//     pthread_mutex_unlock(&camera);
//     return 1;
// }
import "C"

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-pthread-mutex",
		Illness: "a frame calls a C library whose capture thread keeps a pthread mutex",
		ID:      []string{"ui-blocked/cgo"},
		Where:   []string{"main.cameraFrame"},
		Short:   true,
	}, program{build: pthreadMutex})
}

func cameraFrame() int { return int(C.read_camera()) }

func pthreadMutex(s *stage) func() {
	C.open_camera()
	return func() {
		if s.Due() {
			cameraFrame()
		}
	}
}
