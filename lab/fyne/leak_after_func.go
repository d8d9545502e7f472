package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-after-func",
		Illness: "each search starts a timer that looks whether it is done and winds itself up again, also when its page is gone",
		Leak:    true,
		ID:      []string{"leak/timer"},
		Chain:   []string{"main.(*hunt).look|main.(*hunt).look-fm|main.hunt"},
		Type:    []string{"main.hunt", "time.Timer"},
		Where:   []string{"main.(*hunt).look"},
	}, leakAfterFunc)
}

type hunt struct {
	word  string
	done  bool
	found [4 << 10]byte
}

func (h *hunt) look() {
	if !h.done {
		time.AfterFunc(2*time.Second, h.look)
	}
}

func leakAfterFunc(s *stage) fyne.CanvasObject {
	shown, n := widget.NewLabel(""), 0
	s.Every(100*time.Millisecond, func() {
		n++
		h := &hunt{word: fmt.Sprint("word ", n)}
		h.look()
		shown.SetText(h.word)
	})
	return shown
}
