package harness

import "net"

// listeners keeps the silent servers open.
var listeners []net.Listener

// SilentServer returns the loopback address of a server that takes connections
// and never answers: the kernel completes the handshake, nobody accepts.
func SilentServer() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	listeners = append(listeners, l)
	return l.Addr().String()
}
