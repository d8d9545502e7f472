// Command window opens a window without any toolkit, and behaves as it is told.
//
//	window [-needs NAME=VALUE] [-blank NAME=VALUE] [-exit CODE] [-code CODE] [-child] [-file PATH]
//
// It copies standard input to standard output.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

func is(setting string) bool {
	name, value, ok := strings.Cut(setting, "=")
	return ok && os.Getenv(name) == value
}

func main() {
	needs := flag.String("needs", "", "die with code 3 unless `NAME=VALUE` is in the environment")
	blank := flag.String("blank", "", "draw nothing where `NAME=VALUE` is in the environment")
	exit := flag.Int("exit", -1, "end with this `code` two seconds after the window was drawn")
	code := flag.Int("code", -1, "end with this `code` at once")
	child := flag.Bool("child", false, "start a child that sleeps")
	file := flag.String("file", "", "write the child's pid to this `path`")
	flag.Parse()
	time.AfterFunc(time.Minute, func() { os.Exit(9) })
	if *child {
		c := exec.Command("sleep", "60")
		if err := c.Start(); err != nil {
			panic(err)
		}
		if err := os.WriteFile(*file, []byte(fmt.Sprint(c.Process.Pid)), 0o600); err != nil {
			panic(err)
		}
	}
	if *code >= 0 {
		os.Exit(*code)
	}
	if *needs != "" && !is(*needs) {
		fmt.Fprintln(os.Stderr, "libEGL warning: egl: failed to create dri2 screen")
		os.Exit(3)
	}
	go io.Copy(os.Stdout, os.Stdin)
	x, err := xgb.NewConn()
	if err != nil {
		panic(err)
	}
	screen := xproto.Setup(x).DefaultScreen(x)
	w, err := xproto.NewWindowId(x)
	if err != nil {
		panic(err)
	}
	xproto.CreateWindow(x, screen.RootDepth, w, screen.Root, 10, 10, 200, 150, 0, xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwBackPixel, []uint32{0x202020})
	xproto.MapWindow(x, w)
	gc, err := xproto.NewGcontextId(x)
	if err != nil {
		panic(err)
	}
	xproto.CreateGC(x, gc, xproto.Drawable(w), xproto.GcForeground, []uint32{0xffcc00})
	drawn := time.Now()
	for {
		if *blank == "" || !is(*blank) {
			xproto.PolyFillRectangle(x, xproto.Drawable(w), gc, []xproto.Rectangle{{X: 20, Y: 20, Width: 80, Height: 60}})
		} else {
			drawn = time.Now() // it is not yet
		}
		if err := xproto.ClearAreaChecked(x, false, w, 0, 0, 1, 1).Check(); err != nil {
			os.Exit(4)
		}
		time.Sleep(50 * time.Millisecond)
		if *exit >= 0 && time.Since(drawn) > 2*time.Second {
			os.Exit(*exit)
		}
	}
}
