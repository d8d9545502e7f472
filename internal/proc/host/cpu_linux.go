package host

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// userHZ is fixed in the kernel's interface (proc_stat(5)).
const userHZ = 100

// machineBusy is the CPU time that all processes together have used: user, nice,
// system, irq and softirq of the first line of /proc/stat.
func machineBusy(r *reader) time.Duration {
	line, _, _ := bytes.Cut(r.read("/proc/stat"), []byte("\n"))
	f := bytes.Fields(line)
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7} {
		if i < len(f) {
			n, _ := strconv.ParseInt(string(f[i]), 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * (time.Second / userHZ)
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cgroups finds the tightest CPU limit above a process, and how long each level
// has throttled it: cpu.max and cpu.stat (Documentation/admin-guide/cgroup-v2.rst),
// cpu.cfs_quota_us and cpu.stat (Documentation/scheduler/sched-bwc.rst) for v1.
func (s *Snapshot) cgroups(pid int) {
	s.throttled = map[string]time.Duration{}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil {
		return
	}
	mounts := cgroupMounts()
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimRight(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		for _, m := range mounts {
			v2 := f[0] == "0" && f[1] == ""
			switch {
			case m.v2 != v2 || !v2 && !hasController(f[1], m.controller):
			case m.controller == "freezer":
				s.Frozen = s.Frozen || frozen(m.folder(f[2]), v2)
			default:
				s.levels(m, f[2])
			}
			if v2 {
				s.Frozen = s.Frozen || frozen(m.folder(f[2]), v2)
			}
		}
	}
}

// within is the path of a cgroup below the mount.
func (m *cgroupMount) within(path string) string {
	rel := filepath.Clean("/" + path)
	if m.root == "/" {
		return rel
	}
	if rest, ok := strings.CutPrefix(rel, m.root); ok { // a container sees only its part
		return filepath.Clean("/" + rest)
	}
	return "/"
}

// folder is where the files of a cgroup lie.
func (m *cgroupMount) folder(path string) string { return filepath.Join(m.dir, m.within(path)) }

// frozen reads whether a cgroup is frozen, itself or with one above it:
// cgroup.events of v2, freezer.state of v1.
func frozen(dir string, v2 bool) bool {
	if !v2 {
		b, err := os.ReadFile(filepath.Join(dir, "freezer.state"))
		return err == nil && strings.TrimSpace(string(b)) == "FROZEN"
	}
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.events"))
	return err == nil && strings.Contains("\n"+string(b), "\nfrozen 1\n")
}

// levels walks from the process's cgroup up to the mount.
func (s *Snapshot) levels(m cgroupMount, path string) {
	rel := m.within(path)
	for range maxLevels {
		dir := filepath.Join(m.dir, rel)
		if q := quota(dir, m.v2); q > 0 {
			if s.Quota == 0 || q < s.Quota {
				s.Quota = q
			}
			s.throttled[dir] = throttled(dir)
		}
		if rel == "/" {
			return
		}
		rel = filepath.Dir(rel)
	}
}

func quota(dir string, v2 bool) float64 {
	var text string
	if v2 {
		b, err := os.ReadFile(filepath.Join(dir, "cpu.max"))
		if err != nil {
			return 0
		}
		text = string(b)
	} else {
		q, err1 := os.ReadFile(filepath.Join(dir, "cpu.cfs_quota_us"))
		p, err2 := os.ReadFile(filepath.Join(dir, "cpu.cfs_period_us"))
		if err1 != nil || err2 != nil {
			return 0
		}
		text = string(q) + " " + string(p)
	}
	return parseQuota(text)
}

// parseQuota reads "50000 100000", "max 100000" or "-1 100000" (microseconds) as
// a number of CPUs; 0: no limit.
func parseQuota(text string) float64 {
	f := strings.Fields(text)
	if len(f) < 2 {
		return 0
	}
	q, err1 := strconv.ParseInt(f[0], 10, 64)
	p, err2 := strconv.ParseInt(f[1], 10, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0
	}
	return float64(q) / float64(p)
}

func throttled(dir string) time.Duration {
	b, err := os.ReadFile(filepath.Join(dir, "cpu.stat"))
	if err != nil {
		return 0
	}
	return parseThrottled(string(b))
}

func parseThrottled(stat string) time.Duration {
	for line := range strings.Lines(stat) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil || n < 0 {
			continue
		}
		switch f[0] {
		case "throttled_usec":
			return time.Duration(n) * time.Microsecond
		case "throttled_time":
			return time.Duration(n)
		}
	}
	return 0
}

type cgroupMount struct {
	dir, root  string
	v2         bool
	controller string // of v1: "cpu", "freezer"
}

// cgroupMounts reads /proc/self/mountinfo (proc_pid_mountinfo(5)).
func cgroupMounts() []cgroupMount {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return parseMounts(string(b))
}

func parseMounts(info string) []cgroupMount {
	var out []cgroupMount
	for line := range strings.Lines(info) {
		left, right, ok := strings.Cut(line, " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if !ok || len(l) < 5 || len(r) < 3 {
			continue
		}
		switch {
		case r[0] == "cgroup2":
			out = append(out, cgroupMount{dir: l[4], root: l[3], v2: true})
		case r[0] == "cgroup":
			for _, c := range []string{"cpu", "freezer"} {
				if hasController(r[2], c) {
					out = append(out, cgroupMount{dir: l[4], root: l[3], controller: c})
				}
			}
		}
	}
	return out
}

func hasController(list, name string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c == name {
			return true
		}
	}
	return false
}
