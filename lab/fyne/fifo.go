package main

import (
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-fifo",
		Illness: "a callback reads a file chosen by the user that is a named pipe without a writer",
		ID:      []string{"ui-blocked/disk"},
		Where:   []string{"main.preview"},
	}, fifo)
}

func preview(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

func fifo(s *stage) fyne.CanvasObject {
	path, label := harness.FIFO(false), widget.NewLabel("")
	s.Do(func() {
		harness.Armed()
		label.SetText(preview(path))
	})
	return label
}
