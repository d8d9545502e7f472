package main

import (
	"strconv"
	"sync"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:      "glfw-forgotten-unlock",
		Illness:   "a goroutine that has ended left a global lock taken on its way out with an error",
		ID:        []string{"ui-blocked/mutex"},
		Where:     []string{"main.setting"},
		NoBlocker: true,
		Short:     true,
	}, program{build: forgottenUnlock})
}

var (
	settingsMu sync.Mutex
	settings   = map[string]int{"volume": 3}
)

func setting(name string) int {
	settingsMu.Lock()
	defer settingsMu.Unlock()
	return settings[name]
}

func change(name, value string) error {
	settingsMu.Lock()
	n, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	settings[name] = n
	settingsMu.Unlock()
	return nil
}

func forgottenUnlock(s *stage) func() {
	return func() {
		if s.Due() {
			changed := make(chan error)
			go func() { changed <- change("volume", "loud") }()
			<-changed
			setting("volume")
		}
	}
}
