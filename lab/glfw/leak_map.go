package main

import (
	"fmt"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-leak-map",
		Illness: "each frame puts the picture of a new place into a global map of previews, and nothing takes one out",
		Leak:    true,
		Short:   true,
		ID:      []string{"leak/map"},
		Global:  "main.previews",
		Type:    []string{"main.preview", "map[string]*main.preview"},
		Where:   []string{"main.remember"},
	}, program{build: leakMap})
}

type preview struct {
	place  string
	pixels []byte
}

var previews = make(map[string]*preview)

// remember keeps a picture of 4 KiB: 240 KB a second.
//
//go:noinline
func remember(place string) {
	previews[place] = &preview{place, make([]byte, 4<<10)}
}

func leakMap(s *stage) func() {
	n := 0
	return func() {
		if s.Due() {
			n++
			remember(fmt.Sprint("place ", n))
		}
	}
}
