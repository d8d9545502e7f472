// Command program uses what package layout wants to find in DWARF; the linker
// drops the types that a program does not use.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var n atomic.Int64
	var once sync.Once
	var group sync.WaitGroup
	var table sync.Map
	var mu sync.RWMutex
	pool := sync.Pool{New: func() any { return new(int) }}
	cond := sync.NewCond(&mu)
	once.Do(func() { n.Add(1) })
	group.Go(func() { mu.Lock(); mu.Unlock(); cond.Broadcast() })
	group.Wait()
	table.Store("n", &n)
	pool.Put(pool.Get())

	ctx, cancel := context.WithTimeout(context.WithoutCancel(context.Background()), time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	ticker := time.NewTicker(time.Second)
	ticker.Stop()

	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err == nil {
		defer l.Close()
		_, err = net.Dial(l.Addr().Network(), l.Addr().String())
	}
	fmt.Println(err, exec.Command("true").Run())
	pprof.Do(ctx, pprof.Labels("key", "value"), func(context.Context) { fmt.Println(os.Args) })
}
