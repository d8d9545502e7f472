package wasm

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNoBrowser says that no Chromium, Chrome or Edge is installed.
var ErrNoBrowser = errors.New("no Chromium, Chrome or Edge found")

// FindBrowser returns the program of the first browser found: the one in the
// variable CHROME, then by name in PATH, then where installers put it. It returns
// ErrNoBrowser when there is none.
func FindBrowser() (string, error) {
	if path := os.Getenv("CHROME"); path != "" {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	for _, name := range browserNames {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	for _, place := range browserPlaces() {
		if info, err := os.Stat(place); err == nil && !info.IsDir() {
			return place, nil
		}
	}
	return "", ErrNoBrowser
}

// under returns the programs below the folders that the environment variables
// name and that are set.
func under(variables []string, programs ...string) []string {
	var places []string
	for _, v := range variables {
		if folder := os.Getenv(v); folder != "" {
			for _, p := range programs {
				places = append(places, filepath.Join(folder, p))
			}
		}
	}
	return places
}
