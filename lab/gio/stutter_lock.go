package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"time"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-stutter-lock",
		Illness: "every frame reads the orders under their lock, and the sync keeps it for 40 ms while a server answers",
		Short:   true,
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*orders).count"},
		Blocker: []string{"main.(*orders).sync"},
	}, stutterLock)
}

type orders struct {
	mu    sync.Mutex
	known []string
}

func (o *orders) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.known)
}

func (o *orders) sync(server net.Conn, answers *bufio.Reader) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	fmt.Fprintln(server, "orders?")
	answer, err := answers.ReadString('\n')
	o.known = append(o.known, answer)
	return err
}

func (o *orders) poll(address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	answers := bufio.NewReader(server)
	for o.sync(server, answers) == nil {
		time.Sleep(60 * time.Millisecond)
	}
}

func stutterLock(s *stage) func(layout.Context) layout.Dimensions {
	o, address := new(orders), harness.SlowServer(40*time.Millisecond)
	s.Later(func() {
		go o.poll(address)
		harness.Armed()
	})
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{})
		return material.H4(s.theme, fmt.Sprint(o.count(), " orders")).Layout(gtx)
	}
}
