package sampleframes

import (
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// stacks are the stacks of the samples, innermost call first.
func stacks() [][]evidence.Frame {
	const src = "/home/ann/src/orders/"
	user := func(function, file string, line int) evidence.Frame {
		return evidence.Frame{Function: "main." + function, File: src + file, Line: line, Package: "main", Origin: evidence.OriginUser}
	}
	std := func(function, file string, line int) evidence.Frame {
		pkg, _, _ := strings.Cut(function, ".")
		origin := evidence.OriginStd
		if pkg == "runtime" {
			origin = evidence.OriginRuntime
		}
		return evidence.Frame{Function: function, File: "/usr/local/go/src/" + pkg + "/" + file, Line: line, Package: pkg, Origin: origin}
	}
	kit := func(function, file string, line int) evidence.Frame {
		return evidence.Frame{Function: "fyne.io/fyne/v2" + function, File: "/home/ann/go/pkg/mod/fyne.io/fyne/v2@v2.7.1/" + file, Line: line, Package: "fyne.io/fyne/v2", Origin: evidence.OriginToolkit}
	}
	main := user("main", "main.go", 41)
	run := kit("/internal/driver/glfw.(*gLDriver).runGL", "internal/driver/glfw/loop.go", 117)
	draw := kit("/internal/driver/glfw.(*gLDriver).drawSingleFrame", "internal/driver/glfw/loop.go", 68)
	events := kit("/internal/driver/glfw.(*gLDriver).pollEvents", "internal/driver/glfw/loop_desktop.go", 24)
	tapped := kit("/widget.(*Button).Tapped", "widget/button.go", 212)
	return [][]evidence.Frame{
		{std("sync.runtime_SemacquireMutex", "sema.go", 95), std("sync.(*Mutex).Lock", "mutex.go", 46), user("(*Store).Count", "store.go", 51), user("refresh", "main.go", 88), tapped, events, run, main},
		{std("slices.SortFunc", "sort.go", 28), user("(*Table).sorted", "table.go", 133), user("(*Table).CreateRenderer", "table.go", 90), draw, run, main},
		{std("runtime.gcAssistAlloc", "mgcmark.go", 514), std("runtime.mallocgc", "malloc.go", 1104), user("(*Table).rows", "table.go", 151), user("(*Table).CreateRenderer", "table.go", 93), draw, run, main},
		{std("strings.Fields", "strings.go", 390), kit("/widget.(*RichText).updateRowBounds", "widget/richtext.go", 460), kit("/widget.(*Label).SetText", "widget/label.go", 167), user("(*Log).append", "log.go", 27), events, run, main},
		{{Function: "ioctl", Origin: evidence.OriginC, System: true}, {Function: "glXSwapBuffers", Origin: evidence.OriginC, System: true}, std("runtime.cgocall", "cgocall.go", 167), kit("/internal/driver/glfw.(*window).SwapBuffers", "internal/driver/glfw/window.go", 799), draw, run, main},
		{std("runtime.netpollblock", "netpoll.go", 575), std("net.(*netFD).Read", "fd_posix.go", 55), std("net/http.(*persistConn).roundTrip", "transport.go", 2840), std("net/http.(*Client).Do", "client.go", 589), user("(*Client).prices", "client.go", 64), user("refresh", "main.go", 92), tapped, events, run, main},
		{std("syscall.Syscall", "syscall_linux.go", 73), std("os.(*File).Sync", "file_posix.go", 170), std("os.WriteFile", "file.go", 909), user("(*Settings).Save", "settings.go", 19), tapped, events, run, main},
		{{Function: "poll", Origin: evidence.OriginC, System: true}, std("runtime.cgocall", "cgocall.go", 167), kit("/internal/driver/glfw.(*gLDriver).waitEvents", "internal/driver/glfw/loop_desktop.go", 31), run, main},
	}
}
