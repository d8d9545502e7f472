package proc

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestMemoryGroups(t *testing.T) {
	const mounts = `30 23 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
31 30 0:27 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 /docker/77 /sys/fs/cgroup/memory ro master:5 - cgroup cgroup rw,memory
`
	for _, test := range []struct {
		name, groups, mounts string
		want                 []memoryGroup
	}{
		{"v2", "0::/user.slice/app\n", mounts, []memoryGroup{{"/sys/fs/cgroup/unified/user.slice/app", "/sys/fs/cgroup/unified", true}}},
		{"v2, the root", "0::/\n", mounts, []memoryGroup{{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified", true}}},
		{"v1, in a container", "5:cpu,cpuacct:/x\n4:memory:/docker/77/sub\n", mounts, []memoryGroup{{"/sys/fs/cgroup/memory/sub", "/sys/fs/cgroup/memory", false}}},
		{"v1, nowhere mounted", "4:memory:/a\n", "", nil},
		{"upwards", "0::/../../..\n", mounts, []memoryGroup{{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified", true}}},
		{"nonsense", "\n:\n4\n0:::\n", "x - y\n - \n", nil},
	} {
		got := memoryGroups(test.groups, test.mounts)
		if len(got) != len(test.want) {
			t.Errorf("%s: %+v", test.name, got)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %+v, want %+v", test.name, got[i], test.want[i])
			}
		}
	}
}

func TestFreeOfGroups(t *testing.T) {
	top := t.TempDir()
	write := func(dir string, files map[string]string) {
		dir = filepath.Join(top, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("a", map[string]string{"memory.max": "1000\n", "memory.current": "900\n", "memory.stat": "anon 5\ninactive_file 300\n"})
	write("a/b", map[string]string{"memory.max": "max\n", "memory.current": "800\n"})
	write("a/c", map[string]string{"memory.max": "500\n", "memory.current": "700\n"})
	write("d", map[string]string{"memory.limit_in_bytes": "9223372036854771712\n", "memory.usage_in_bytes": "5\n"})
	write("e", map[string]string{"memory.limit_in_bytes": "100\n", "memory.usage_in_bytes": "60\n", "memory.stat": "inactive_file 3\ntotal_inactive_file 10\n"})
	for _, test := range []struct {
		dir  string
		v2   bool
		want uint64
	}{
		{"a", true, 400},
		{"a/b", true, 400}, // by the group around it
		{"a/c", true, 0},
		{".", true, math.MaxUint64},
		{"gone", true, math.MaxUint64},
		{"d", false, math.MaxUint64},
		{"e", false, 50},
	} {
		g := memoryGroup{dir: filepath.Join(top, test.dir), top: top, v2: test.v2}
		if got := g.free(); got != test.want {
			t.Errorf("%s: %d, want %d", test.dir, got, test.want)
		}
	}
}

func TestHeadroom(t *testing.T) {
	p, err := Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	h := p.Headroom()
	if h.Anonymous == 0 || h.PageTables == 0 || h.Free == 0 || h.Need <= h.Anonymous/4 || !h.Enough() {
		t.Errorf("%+v", h)
	}
	for _, test := range []struct {
		h    Headroom
		want bool
	}{
		{Headroom{Need: 5, Free: 5}, true},
		{Headroom{Need: 6, Free: 5}, false},
		{Headroom{Need: 6}, true}, // nothing is known
	} {
		if got := test.h.Enough(); got != test.want {
			t.Errorf("%v: %v", test.h, got)
		}
	}
}

func TestIsLeftover(t *testing.T) {
	// stat returns a line of /proc/PID/stat with these fields and zeros.
	stat := func(state string, ppid, exitSignal, status int) string {
		f := make([]string, 50) // from field 3
		for i := range f {
			f[i] = "0"
		}
		f[0], f[4-3], f[38-3], f[52-3] = state, strconv.Itoa(ppid), strconv.Itoa(exitSignal), strconv.Itoa(status)
		return "77 (a (b) c) " + strings.Join(f, " ") + "\n"
	}
	for _, test := range []struct {
		name, stat string
		want       bool
	}{
		{"killed", stat("Z", 17, 0, 9), true},
		{"ended by itself", stat("Z", 17, 0, exitCode<<8), true},
		{"alive", stat("t", 17, 0, 9), false},
		{"another's child", stat("Z", 18, 0, 9), false},
		{"with an exit signal", stat("Z", 17, 17, 9), false},
		{"with another status", stat("Z", 17, 0, 1<<8), false},
		{"cut off", "77 (a) Z 17 0", false},
		{"empty", "", false},
	} {
		if got := isLeftover([]byte(test.stat), 17); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
