package main

import (
	"math"
	"time"

	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-stutter-draw",
		Illness: "every sixth frame lets the water of a landscape flow for 40 ms before it is drawn",
		Short:   true,
		ID:      []string{"ui-busy/cpu"},
		Where:   []string{"main.(*landscape).erode"},
	}, program{build: stutterDraw})
}

type landscape struct{ height [256 * 256]float64 }

// erode moves soil downhill until its time is over.
func (l *landscape) erode(budget time.Duration) {
	for end := time.Now().Add(budget); time.Now().Before(end); {
		for i := 257; i < len(l.height)-257; i++ {
			low := min(l.height[i-1], l.height[i+1], l.height[i-256], l.height[i+256])
			l.height[i] -= math.Max(0, l.height[i]-low) * 0.01
		}
	}
}

func (l *landscape) draw() {
	gl.Begin(gl.POINTS)
	for i := 0; i < len(l.height); i += 61 {
		gl.Vertex2d(float64(i%256)/128-1, float64(i/256)/128-1+l.height[i]*0.1)
	}
	gl.End()
}

func stutterDraw(s *stage) func() {
	l, n := new(landscape), 0
	for i := range l.height {
		l.height[i] = math.Sin(float64(i)/41) + math.Sin(float64(i)/1777)
	}
	return func() {
		if n++; s.Due() && n%6 == 0 {
			l.erode(40 * time.Millisecond)
		}
		l.draw()
	}
}
