package assets

import (
	"time"

	"golang.org/x/sys/unix"
)

// limitSelf bounds what this process may write to (RLIMIT_DATA, since Linux 4.7 also of
// private mappings), and its time on the CPU: it must end when its parent has died.
func limitSelf(memory uint64, cpu time.Duration) {
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: memory, Max: memory})
	seconds := uint64(cpu / time.Second)
	_ = unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds})
}
