package main

import (
	"os/exec"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-stutter-process",
		Illness: "a callback runs a program that prints the system's load, three times a second, and it takes 50 ms",
		ID:      []string{"ui-blocked/process"},
		Where:   []string{"main.systemLoad"},
	}, stutterProcess)
}

func systemLoad() string {
	load := exec.Command("sh", "-c", "sleep 0.045; cat /proc/loadavg")
	load.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := load.Output()
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func stutterProcess(s *stage) fyne.CanvasObject {
	shown := widget.NewLabel("")
	s.Every(time.Second/3, func() { shown.SetText(systemLoad()) })
	return lively(shown)
}
