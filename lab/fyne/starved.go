package main

import (
	"crypto/sha1"
	"fmt"
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-starved",
		Illness: "one goroutine for each processor hashes a huge mapped file: crypto/sha1 cannot be preempted before it is through",
		ID:      []string{"ui-starved/scheduler"},
		Short:   true,
	}, starved)
}

// diskImage maps 32 GiB of zeros, which need no memory but their page tables.
func diskImage() []byte {
	image, err := unix.Mmap(-1, 0, 32<<30, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		panic(err)
	}
	return image
}

func verify(image []byte, sums chan<- string) {
	for {
		sums <- fmt.Sprintf("%x", sha1.Sum(image))
	}
}

func starved(s *stage) fyne.CanvasObject {
	image, sums := diskImage(), make(chan string, 100)
	s.Do(func() {
		for range runtime.GOMAXPROCS(0) {
			go verify(image, sums)
		}
		harness.Armed()
	})
	return widget.NewProgressBarInfinite()
}
