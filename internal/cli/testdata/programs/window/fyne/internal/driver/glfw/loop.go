// Package glfw has the loop of the stand-in.
package glfw

import "time"

type gLDriver struct{ turn func() }

// Run runs the loop.
func Run(turn func()) { (&gLDriver{turn}).runGL() }

//go:noinline
func (d *gLDriver) runGL() {
	tick := time.NewTicker(time.Second / 60)
	done := make(chan struct{})
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			d.drawSingleFrame()
			d.turn()
		}
	}
}

//go:noinline
func (d *gLDriver) drawSingleFrame() {}
