package main

import (
	"bytes"
	"os/exec"
	"syscall"

	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-process-output",
		Illness: "a mouse callback runs a helper program and collects its output",
		ID:      []string{"ui-blocked/process"},
		Where:   []string{"main.thumbnail"},
		Short:   true,
	}, program{build: processOutput})
}

func thumbnail(path string) []byte {
	var picture bytes.Buffer
	helper := exec.Command("sh", "-c", "sleep 150; cat \"$0\"", path)
	helper.Stdout = &picture
	helper.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	helper.Run()
	return picture.Bytes()
}

func processOutput(s *stage) func() {
	s.window.SetMouseButtonCallback(func(*glfw.Window, glfw.MouseButton, glfw.Action, glfw.ModifierKey) {
		harness.Armed()
		thumbnail("/dev/null")
	})
	s.Click()
	return func() {}
}
