package main

import (
	"context"
	"net"
	"time"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-dns",
		Illness: "a click looks up a host, again and again, at a name server that does not answer",
		ID:      []string{"ui-blocked/network"},
		Where:   []string{"main.resolve"},
	}, dns)
}

func resolve(r *net.Resolver, host string) []string {
	for {
		if addrs, err := r.LookupHost(context.Background(), host); err == nil {
			return addrs
		}
		time.Sleep(time.Millisecond)
	}
}

func dns(s *stage) func(layout.Context) layout.Dimensions {
	server := harness.SilentServer()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server)
	}}
	var button widget.Clickable
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		if button.Clicked(gtx) {
			harness.Armed()
			resolve(r, "update.example.com")
		}
		return material.Button(s.theme, &button, "Look for updates").Layout(gtx)
	}
}
