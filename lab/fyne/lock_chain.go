package main

import (
	"os"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-lock-chain",
		Illness: "the UI waits for the index, whose rebuild waits for the archive, whose export waits for a file lock",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*index).count"},
		Blocker: []string{"main.(*index).rebuild", "main.(*archive).names"},
		Chain:   []string{"main.(*archive).names", "main.(*archive).export"},
		Short:   true,
	}, lockChain)
}

type archive struct{ mu sync.Mutex }

func (a *archive) export(path string, begun chan<- struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(begun)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	unix.Flock(int(f.Fd()), unix.LOCK_EX) // another program has it
}

func (a *archive) names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return []string{"letters", "invoices"}
}

type index struct {
	mu    sync.Mutex
	names []string
}

func (i *index) rebuild(a *archive) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.names = a.names()
}

func (i *index) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.names)
}

func lockChain(s *stage) fyne.CanvasObject {
	a, i, begun := &archive{}, &index{}, make(chan struct{})
	go a.export(harness.LockedFile(), begun)
	<-begun
	go i.rebuild(a)
	shown := widget.NewLabel("?")
	button := widget.NewButton("Count", func() {
		harness.Armed()
		shown.SetText(strconv.Itoa(i.count()))
	})
	s.Click(button)
	return container.NewVBox(button, shown)
}
