// Command demo shows the live view of a program that does not exist, to look at:
// go run ./internal/live/testdata/demo
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleframes"
	"github.com/gomedic/gomedic/internal/live"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func main() {
	lang, _ := text.Detect("")
	ev := sampleframes.Make(2 * time.Minute)
	begin := time.Now()
	frames, late := 0, 0
	next := func() live.Batch {
		b := live.Batch{At: time.Since(begin), SoFar: ev.Frames, Heard: true}
		for ; frames < len(ev.Frames.Times) && ev.Frames.Times[frames].End <= b.At; frames++ {
			b.Frames = append(b.Frames, ev.Frames.Times[frames])
		}
		for ; late < len(ev.Frames.Late) && ev.Frames.Late[late].End <= b.At; late++ {
			b.Late = append(b.Late, ev.Frames.Late[late])
		}
		// What has not happened yet is not known.
		now := *ev.Frames
		now.Took, now.Times, now.Samples = b.At, now.Times[:frames], until(now.Samples, b.At)
		b.SoFar = &now
		return b
	}
	o := live.Options{Title: []string{"orders", "pid 4711", "go1.26.1", "fyne v2.7.1"}, Lang: lang, Color: report.ColorFor(os.Stdout), Next: next}
	if err := live.Run(context.Background(), os.Stdin, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("the report comes here")
}

func until(all []evidence.FrameSample, at time.Duration) []evidence.FrameSample {
	n := 0
	for n < len(all) && all[n].At <= at {
		n++
	}
	return all[:n]
}
