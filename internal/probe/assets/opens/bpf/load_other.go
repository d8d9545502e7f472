//go:build !linux || !amd64

package bpf

import "errors"

// Listener is not there on this system or processor.
type Listener struct{}

// Listen answers that opens cannot be listened to here.
func Listen(int) (*Listener, error) {
	return nil, errors.New("opens are listened to on Linux and amd64 only")
}

// Read is never reached.
func (l *Listener) Read(func(Open)) error { return nil }

// Close is never reached.
func (l *Listener) Close() error { return nil }
