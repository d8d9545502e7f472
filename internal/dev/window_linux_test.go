package dev

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/proc/xplace"
)

// startX starts an X server for the test, and makes it the display.
func startX(t *testing.T) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatalf("Xvfb is needed (Debian: apt install xvfb): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
}

// A program with a window, which knows nothing of reload: the new window comes where
// the old one was, as large as it was, and who has the keyboard keeps it. The old one
// is there until then.
func TestTheWindowStaysWhereItWas(t *testing.T) {
	startX(t)
	a := run(t, map[string]string{"main.go": `package main

import (
	"fmt"
	"os"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

func main() {
	fmt.Println("pid", os.Getpid())
	c, err := xgb.NewConn()
	if err != nil {
		panic(err)
	}
	s := xproto.Setup(c).DefaultScreen(c)
	id, err := xproto.NewWindowId(c)
	if err != nil {
		panic(err)
	}
	xproto.CreateWindow(c, s.RootDepth, id, s.Root, 10, 10, 200, 100, 0, xproto.WindowClassInputOutput, s.RootVisual,
		xproto.CwEventMask, []uint32{xproto.EventMaskStructureNotify})
	title := "first version"
	xproto.ChangeProperty(c, xproto.PropModeReplace, id, xproto.AtomWmName, xproto.AtomString, 8, uint32(len(title)), []byte(title))
	xproto.MapWindow(c, id)
	fmt.Println("mapped", title)
	for {
		if _, err := c.WaitForEvent(); err != nil {
			os.Exit(0)
		}
	}
}
`}, nil)
	a.want("start", OK)
	a.says(0, "mapped first")
	d, err := xplace.Dial("")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	pid := pidsOf(a)[0]
	shown := func(pid int) xplace.Window {
		t.Helper()
		for end := time.Now().Add(ever); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if all := d.Windows(pid); len(all) == 1 && all[0].Shown {
				return all[0]
			}
		}
		t.Fatalf("process %d shows no window", pid)
		return xplace.Window{}
	}
	w := shown(pid)
	want := xplace.Rect{X: 321, Y: 123, W: 345, H: 234} // as a person has moved it
	if err := d.Put(w.ID, want); err != nil {
		t.Fatal(err)
	}
	if err := d.Activate(w.ID); err != nil {
		t.Fatal(err)
	}
	a.edit("main.go", "first version", "second version")
	a.want("restart", OK)
	a.says(0, "mapped second")
	onlyOne(t, a)
	pids := pidsOf(a)
	w = shown(pids[len(pids)-1])
	for end := time.Now().Add(10 * time.Second); w.Rect != want && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		w = shown(pids[len(pids)-1])
	}
	if w.Rect != want || w.Title != "second version" {
		t.Errorf("the new window is %+v, want %+v", w, want)
	}
	if now := d.Active(); now != w.ID {
		t.Errorf("the keyboard is at %#x, not at the new window %#x", now, w.ID)
	}
}
