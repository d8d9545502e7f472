package proc

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Headroom says what a frozen copy may cost and what there is.
//
// A copy costs its page tables at once. Each page that the target writes while the
// copy lives is then there twice: at worst all its anonymous memory. Programs write a
// small part of that in the seconds that a copy lives, mostly what they allocate anew;
// a collector that marks adds its bitmaps, and frees into what was free before. A
// quarter leaves room for a busy one.
func (p *Process) Headroom() Headroom {
	st, err := readStatus(p.PID)
	if err != nil {
		return Headroom{}
	}
	h := Headroom{Anonymous: kilobytes(st["RssAnon"]), PageTables: kilobytes(st["VmPTE"])}
	h.Need = h.Anonymous/4 + h.PageTables
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		h.Free = kilobytes(parseStatus(b)["MemAvailable"])
	}
	groups, err := os.ReadFile(p.path("cgroup"))
	if err != nil {
		return h
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return h
	}
	for _, g := range memoryGroups(string(groups), string(mounts)) {
		if free := g.free(); free < h.Free || h.Free == 0 && free < math.MaxUint64 {
			// 0 stands for unknown; a full group has as good as nothing.
			h.Free, h.Cgroup = max(free, 1), true
		}
	}
	return h
}

// kilobytes reads a figure as /proc writes it, "1234 kB", as bytes.
func kilobytes(s string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(s, "kB")), 10, 64)
	if err != nil || n > math.MaxUint64>>10 {
		return 0
	}
	return n << 10
}

// memoryGroup is a control group that accounts for memory.
type memoryGroup struct {
	dir, top string // the group's folder, and that of the root
	v2       bool
}

// memoryGroups finds the groups of a process by its /proc/PID/cgroup and the
// mountinfo of this process (cgroups(7), proc_pid_mountinfo(5)).
func memoryGroups(groups, mounts string) []memoryGroup {
	var found []memoryGroup
	for line := range strings.Lines(groups) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		v2 := f[0] == "0" && f[1] == ""
		if !v2 && !hasWord(f[1], "memory") {
			continue
		}
		for m := range strings.Lines(mounts) {
			before, after, ok := strings.Cut(strings.TrimSpace(m), " - ")
			b, a := strings.Fields(before), strings.Fields(after)
			if !ok || len(b) < 5 || len(a) < 3 || v2 && a[0] != "cgroup2" || !v2 && (a[0] != "cgroup" || !hasWord(a[2], "memory")) {
				continue
			}
			root, point := b[3], b[4]
			in := strings.TrimPrefix(f[2], strings.TrimSuffix(root, "/"))
			found = append(found, memoryGroup{dir: filepath.Join(point, filepath.Clean("/"+in)), top: point, v2: v2})
			break
		}
	}
	return found
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// free returns how many bytes the group may still take: the least of it and the
// groups around it, without what the kernel would give back (the page cache not in
// use). It is MaxUint64 without a limit.
func (g memoryGroup) free() uint64 {
	limit, used, cache := "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
	if g.v2 {
		limit, used, cache = "memory.max", "memory.current", "inactive_file"
	}
	least := uint64(math.MaxUint64)
	for dir := g.dir; ; dir = filepath.Dir(dir) {
		most, ok1 := figure(filepath.Join(dir, limit))
		now, ok2 := figure(filepath.Join(dir, used))
		const none = 1 << 62 // v1 writes the largest multiple of a page
		if ok1 && ok2 && most < none {
			if b, err := os.ReadFile(filepath.Join(dir, "memory.stat")); err == nil {
				now -= min(now, statFigure(string(b), cache))
			}
			least = min(least, most-min(most, now))
		}
		if dir == g.top || len(dir) <= 1 {
			return least
		}
	}
}

func figure(path string) (uint64, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64) // not "max"
	return n, err == nil
}

func statFigure(stat, name string) uint64 {
	for line := range strings.Lines(stat) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok && k == name {
			n, _ := strconv.ParseUint(v, 10, 64)
			return n
		}
	}
	return 0
}
