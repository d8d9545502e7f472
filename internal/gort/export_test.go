package gort

// NewBinary reads a program file from memory, for tests.
func NewBinary(data []byte) (*Binary, error) { return newBinary(data) }
