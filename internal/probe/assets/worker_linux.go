package assets

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
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

// cpuTime is how long a process has been on a CPU (proc(5), utime and stime, in hundredths
// of a second).
func cpuTime(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 13 {
		return 0
	}
	u, err1 := strconv.Atoi(string(f[11]))
	s, err2 := strconv.Atoi(string(f[12]))
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(u+s) * 10 * time.Millisecond
}
