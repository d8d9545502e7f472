package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Quota moves this process into a control group of its own that may run for
// share of every period, on all processors together. It needs root and a
// writable hierarchy, version 2 or 1. A process that outlives this one removes
// the group.
func Quota(share, period time.Duration) error {
	name := fmt.Sprintf("gomedic-lab-%d", os.Getpid())
	group := filepath.Join("/sys/fs/cgroup", name)
	limits := map[string]string{"cpu.max": fmt.Sprint(share.Microseconds(), " ", period.Microseconds())}
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil {
		group = filepath.Join("/sys/fs/cgroup/cpu", name)
		limits = map[string]string{"cpu.cfs_period_us": fmt.Sprint(period.Microseconds()), "cpu.cfs_quota_us": fmt.Sprint(share.Microseconds())}
	}
	if err := os.Mkdir(group, 0o755); err != nil {
		return err
	}
	if err := removeLater(group); err != nil {
		return err
	}
	for file, value := range limits {
		if err := os.WriteFile(filepath.Join(group, file), []byte(value), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(fmt.Sprint(os.Getpid())), 0o644)
}

// removeLater starts a process that removes the empty group when this one has
// ended: the kernel then closes the pipe that both share.
func removeLater(group string) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	open = append(open, write)
	remover := exec.Command("sh", "-c", `read line; for i in $(seq 60); do rmdir "$0" && exit; sleep 0.5; done`, group)
	remover.Stdin = read
	remover.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it is not killed with us
	return remover.Start()
}
