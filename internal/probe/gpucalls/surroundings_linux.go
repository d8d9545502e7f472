package gpucalls

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/xscreen"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// software says whether the driver draws on the CPU.
func software(task string, libraries []string) string {
	entries, _ := os.ReadDir(task)
	for _, e := range entries {
		comm, _ := os.ReadFile(filepath.Join(task, e.Name(), "comm"))
		if toolkit.RasterThread(string(bytes.TrimSpace(comm))) {
			if slices.ContainsFunc(libraries, func(l string) bool { return strings.HasPrefix(l, "libvulkan_lvp") }) {
				return "lavapipe"
			}
			return "llvmpipe"
		}
	}
	return ""
}

// confined: the kernels 6.11 to 6.13 end a program whose filter of system calls does
// not know the one that a return probe makes (uretprobe, added in 6.11; filters do
// not see it since 6.14).
func confined(p *proc.Process) bool {
	status, err := os.ReadFile(filepath.Join(filepath.Dir(p.ExePath()), "status"))
	if err != nil || bytes.Contains(status, []byte("\nSeccomp:\t0\n")) {
		return false
	}
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return true
	}
	major, minor := 0, 0
	fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	return major == 6 && minor >= 11 && minor < 14
}

// displayPeriod is that of the display that the program's windows are on, 0: not known.
func displayPeriod(pid int) (time.Duration, bool) {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return 0, false
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if display, ok := bytes.CutPrefix(v, []byte("DISPLAY=")); ok {
			period, err := xscreen.Period(string(display))
			return period, err == nil
		}
	}
	return 0, false
}

func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}
