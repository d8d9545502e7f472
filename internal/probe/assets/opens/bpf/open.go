package bpf

// Open is an open that failed.
type Open struct {
	Path  string
	Errno int
	Stack []uint64 // code addresses, innermost first, by frame pointers
}
