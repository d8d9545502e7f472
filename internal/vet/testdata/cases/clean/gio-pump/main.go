// One goroutine hands the events over, another one waits for them.
package main

import (
	gapp "gioui.org/app"
	"gioui.org/io/event"
)

func loop(w *gapp.Window) {
	events, acks := make(chan event.Event), make(chan struct{})
	results := make(chan int)
	go func() {
		for {
			events <- w.Event()
			<-acks
		}
	}()
	for {
		select {
		case e := <-events:
			if f, ok := e.(gapp.FrameEvent); ok {
				f.Frame(nil)
			}
			acks <- struct{}{}
		case <-results:
			w.Invalidate()
		}
	}
}

func main() {
	go loop(new(gapp.Window))
	gapp.Main()
}
