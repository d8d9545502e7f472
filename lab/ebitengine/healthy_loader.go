package main

import (
	"net"
	"runtime"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-healthy-loader",
		Illness: "none: a loader waits for a silent server and a solver computes, and the game asks both with a default case",
		Healthy: true,
	}, healthyLoader)
}

func solve(found chan<- uint64) {
	for n := uint64(3); ; n += 2 {
		prime := true
		for d := uint64(3); d*d <= n && prime; d += 2 {
			prime = n%d != 0
		}
		if prime && n%1000 == 1 {
			select {
			case found <- n:
			default:
			}
		}
		if n%65537 == 0 {
			runtime.Gosched()
		}
	}
}

func healthyLoader(*stage) part {
	loaded, found, server := make(chan []byte), make(chan uint64), harness.SilentServer()
	go func() {
		if conn, err := net.Dial("tcp", server); err == nil {
			level := make([]byte, 1000)
			conn.Read(level)
			loaded <- level
		}
	}()
	go solve(found)
	status := "loading"
	return part{
		update: func(tick int) {
			select {
			case <-loaded:
				status = "loaded"
			case <-found:
			default:
			}
			ill(tick)
		},
		draw: func(screen *ebiten.Image) { ebitenutil.DebugPrint(screen, status) },
	}
}
