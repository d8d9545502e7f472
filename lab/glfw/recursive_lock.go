package main

import (
	"sync"

	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-recursive-lock",
		Illness: "a mouse callback locks the scene and calls a method that locks it again",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.(*scene).selected"},
		Short:   true,
	}, program{build: recursiveLock})
}

type scene struct {
	mu    sync.Mutex
	picks []int
}

func (s *scene) selected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.picks)
}

func (s *scene) pick(object int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.selected() < 10 {
		s.picks = append(s.picks, object)
	}
}

func recursiveLock(s *stage) func() {
	var all scene
	s.window.SetMouseButtonCallback(func(_ *glfw.Window, _ glfw.MouseButton, action glfw.Action, _ glfw.ModifierKey) {
		if action == glfw.Press {
			harness.Armed()
			all.pick(1)
		}
	})
	s.Click()
	return func() {}
}
