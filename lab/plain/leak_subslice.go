package main

import (
	"bytes"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-subslice",
		Illness: "of each packet of 16 KiB only the first line is kept, and it is a piece of the packet",
		Leak:    true,
		ID:      []string{"leak/subslice"},
		Global:  "main.firstLines",
		Where:   []string{"main.receivePacket"},
	}, leakSubslice)
}

var firstLines [][]byte

//go:noinline
func receivePacket() []byte {
	packet := bytes.Repeat([]byte("x"), 16<<10)
	copy(packet, "GET / HTTP/1.1\n")
	return packet
}

func leakSubslice() {
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			line, _, _ := bytes.Cut(receivePacket(), []byte("\n"))
			firstLines = append(firstLines, line)
		}
	}()
	harness.Armed()
}
