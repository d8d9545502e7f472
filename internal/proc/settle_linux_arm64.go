package proc

// settle does nothing: at a stop, the registers on arm64 do not show any more what kind
// of restart the thread stands before (see inject_linux_arm64.go).
func (p *Process) settle(int) {}
