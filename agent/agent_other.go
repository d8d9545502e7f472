//go:build !linux

package agent

// Agent is not there on this system.
type Agent struct{}

// Start returns ErrUnsupported.
func Start(Options) (*Agent, error) { return nil, ErrUnsupported }

// Close does nothing.
func (*Agent) Close() error { return nil }
