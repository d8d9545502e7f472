package main

import (
	"os/exec"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-process",
		Illness: "a menu item runs another program and waits for its end",
		ID:      []string{"ui-blocked/process"},
		Where:   []string{"main.printReport"},
		Short:   true,
	}, process)
}

func printReport() error {
	print := exec.Command("sleep", "150")
	print.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return print.Run()
}

func process(s *stage) fyne.CanvasObject {
	button := widget.NewButton("Print", func() {
		harness.Armed()
		if err := printReport(); err != nil {
			fyne.LogError("print", err)
		}
	})
	s.Click(button)
	return button
}
