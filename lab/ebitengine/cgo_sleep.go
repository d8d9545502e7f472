package main

// #include <unistd.h>
//
// static int read_joystick(int seconds) {
//     return sleep(seconds);
// }
import "C"

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-cgo-sleep",
		Illness: "Update asks a C library for the joystick, which sleeps until it has an answer",
		ID:      []string{"ui-blocked/cgo"},
		Where:   []string{"main.joystick"},
		Short:   true,
	}, cgoSleep)
}

func joystick() int { return int(C.read_joystick(150)) }

func cgoSleep(*stage) part {
	return part{update: func(tick int) {
		if ill(tick) {
			joystick()
		}
	}}
}
