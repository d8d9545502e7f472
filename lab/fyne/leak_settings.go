package main

import (
	"fmt"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-settings",
		Illness: "each card that is shown asks the settings to be told of a new theme, and cannot take that back",
		Leak:    true,
		ID:      []string{"leak/listener"},
		Chain:   []string{"listeners", "main.card.func1"},
		Where:   []string{"main.card"},
	}, leakSettings)
}

type face struct {
	back  *canvas.Rectangle
	notes [2 << 10]byte
}

func card(n int) fyne.CanvasObject {
	f := &face{back: canvas.NewRectangle(color.Gray{uint8(n)})}
	fyne.CurrentApp().Settings().AddListener(func(settings fyne.Settings) {
		f.back.FillColor = settings.Theme().Color("background", settings.ThemeVariant())
		f.back.Refresh()
	})
	return container.NewStack(f.back, widget.NewLabel(fmt.Sprint("card ", n%50)))
}

func leakSettings(s *stage) fyne.CanvasObject {
	shown, n := container.NewStack(), 0
	s.Every(100*time.Millisecond, func() {
		n++
		shown.Objects = []fyne.CanvasObject{card(n)}
		shown.Refresh()
	})
	return shown
}
