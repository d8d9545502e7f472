package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-stutter-disk",
		Illness: "a callback reads a scale through its device file, which answers after 45 ms, four times a second",
		ID:      []string{"ui-blocked/disk"},
		Where:   []string{"main.(*scale).weigh"},
	}, stutterDisk)
}

type scale struct {
	out   *os.File
	lines *bufio.Reader
}

func (s *scale) weigh() string {
	s.out.WriteString("weigh\n")
	line, _ := s.lines.ReadString('\n')
	return line
}

// answer is the device: it reads a command and writes a weight.
func answer(in, out *os.File) {
	for commands := bufio.NewScanner(in); commands.Scan(); {
		time.Sleep(45 * time.Millisecond)
		fmt.Fprintln(out, "72.5 kg")
	}
}

// device opens both ends of a named pipe.
func device() *os.File {
	f, err := os.OpenFile(harness.FIFO(true), os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

func stutterDisk(s *stage) fyne.CanvasObject {
	commands, weights, shown := device(), device(), widget.NewLabel("")
	go answer(commands, weights)
	one := &scale{commands, bufio.NewReader(weights)}
	s.Every(time.Second/4, func() { shown.SetText(one.weigh()) })
	return lively(shown)
}
