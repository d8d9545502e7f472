package main

import (
	"bufio"
	"fmt"
	"net"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-stutter-network",
		Illness: "a callback asks a server for the price, five times a second, and the answer takes 40 ms",
		Short:   true,
		ID:      []string{"ui-blocked/network"},
		Where:   []string{"main.(*market).price"},
	}, stutterNetwork)
}

type market struct {
	conn    net.Conn
	answers *bufio.Reader
}

func (m *market) price() string {
	fmt.Fprintln(m.conn, "price?")
	line, _ := m.answers.ReadString('\n')
	return line
}

func stutterNetwork(s *stage) fyne.CanvasObject {
	conn, err := net.Dial("tcp", harness.SlowServer(40*time.Millisecond))
	if err != nil {
		panic(err)
	}
	m, shown := &market{conn, bufio.NewReader(conn)}, widget.NewLabel("")
	s.Every(time.Second/5, func() { shown.SetText(m.price()) })
	return lively(shown)
}
