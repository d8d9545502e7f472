//go:build !linux || !amd64

package layer

// library: there is none for this system.
var library []byte
