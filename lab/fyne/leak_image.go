package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-image",
		Illness: "each level of a gauge is a drawing with a name of its own, made anew, and all of them are kept by that name",
		Leak:    true,
		ID:      []string{"leak/image", "leak/widget-detached"},
		Global:  "main.gauges",
		Type:    []string{"canvas.Image", "map[string]*canvas.Image"},
		Where:   []string{"main.gauge"},
	}, leakImage)
}

var gauges = make(map[string]*canvas.Image)

func gauge(level int) *canvas.Image {
	name := fmt.Sprintf("gauge-%d.svg", level)
	if gauges[name] == nil {
		svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect x="0" y="0" width="%d" height="64" fill="#268"/></svg>`, level%64)
		gauges[name] = canvas.NewImageFromResource(fyne.NewStaticResource(name, []byte(svg)))
		gauges[name].SetMinSize(fyne.NewSquareSize(64))
	}
	return gauges[name]
}

func leakImage(s *stage) fyne.CanvasObject {
	shown, n := container.NewCenter(), 0
	s.Every(100*time.Millisecond, func() {
		n++
		shown.Objects = []fyne.CanvasObject{gauge(n)}
		shown.Refresh()
	})
	return shown
}
