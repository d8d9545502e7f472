package harness

import (
	"bufio"
	"fmt"
	"net"
	"time"
)

// SlowServer returns the loopback address of a server that answers each line
// with a line after a while, as one does that is a continent away.
func SlowServer(after time.Duration) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn, after)
		}
	}()
	return l.Addr().String()
}

func answer(conn net.Conn, after time.Duration) {
	defer conn.Close()
	for in := bufio.NewScanner(conn); in.Scan(); {
		time.Sleep(after)
		fmt.Fprintln(conn, "answer to", in.Text())
	}
}
