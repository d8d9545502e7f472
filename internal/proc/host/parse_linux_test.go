package host

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseQuota(t *testing.T) {
	for text, want := range map[string]float64{
		"max 100000\n": 0, "50000 100000\n": 0.5, "-1\n 100000\n": 0, "200000\n 100000\n": 2,
		"": 0, "5": 0, "5 0": 0, "x y": 0, "-5 100000": 0,
	} {
		if got := parseQuota(text); got != want {
			t.Errorf("%q: %v CPUs, want %v", text, got, want)
		}
	}
}

func TestParseThrottled(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"usage_usec 7\nnr_periods 3\nnr_throttled 2\nthrottled_usec 1500\n": 1500 * time.Microsecond,
		"nr_periods 3\nnr_throttled 2\nthrottled_time 1500\n":               1500,
		"throttled_usec -4\n": 0, "": 0, "throttled_usec\n": 0,
	} {
		if got := parseThrottled(stat); got != want {
			t.Errorf("%q: %v, want %v", stat, got, want)
		}
	}
}

func TestParseMounts(t *testing.T) {
	const info = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices
38 31 0:35 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
41 31 0:38 /docker/abc /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
broken
`
	want := []cgroupMount{{"/sys/fs/cgroup/cpu,cpuacct", "/", false, "cpu"}, {"/sys/fs/cgroup/freezer", "/", false, "freezer"},
		{"/sys/fs/cgroup/unified", "/docker/abc", true, ""}}
	if got := parseMounts(info); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The tightest limit on the way up counts, and each level's throttling is kept.
func TestLevels(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("kiosk/cpu.max", "50000 100000\n")
	write("kiosk/cpu.stat", "throttled_usec 900\n")
	write("kiosk/app/cpu.max", "max 100000\n")
	write("kiosk/app/ui/cpu.max", "150000 100000\n")
	write("kiosk/app/ui/cpu.stat", "throttled_usec 100\n")
	for _, m := range []struct {
		root, path string
	}{{"/", "/kiosk/app/ui"}, {"/docker/x", "/docker/x/kiosk/app/ui"}} {
		s := Snapshot{throttled: map[string]time.Duration{}}
		s.levels(cgroupMount{root, m.root, true, ""}, m.path)
		want := map[string]time.Duration{
			filepath.Join(root, "kiosk"):        900 * time.Microsecond,
			filepath.Join(root, "kiosk/app/ui"): 100 * time.Microsecond,
		}
		if s.Quota != 0.5 || !reflect.DeepEqual(s.throttled, want) {
			t.Errorf("%+v: quota %v, throttled %v", m, s.Quota, s.throttled)
		}
	}
}

func TestLoadBetween(t *testing.T) {
	now := time.Now()
	a := &Snapshot{At: now, Threads: []Thread{{TID: 1, Ran: time.Second}}, busy: 10 * time.Second, own: time.Second,
		throttled: map[string]time.Duration{"/a": time.Second, "/b": time.Second}}
	b := &Snapshot{At: now.Add(time.Second), Threads: []Thread{{TID: 1, Ran: 1500 * time.Millisecond}, {TID: 2, Ran: 250 * time.Millisecond}},
		busy: 13 * time.Second, own: 1250 * time.Millisecond,
		throttled: map[string]time.Duration{"/a": 1100 * time.Millisecond, "/b": 9 * time.Second}}
	want := Load{Target: 0.75, Others: 2, Throttled: time.Second}
	if got := Between(a, b); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Between(b, a); got != (Load{}) {
		t.Errorf("backwards: %+v", got)
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"0100007F:1F90":                         "127.0.0.1:8080",
		"00000000:0000":                         "",
		"00000000000000000000000001000000:0050": "[::1]:80",
		"0000000000000000FFFF00000100007F:0050": "127.0.0.1:80",
		"0100007F":                              "", "zz:50": "", "01:50": "", "0100007F:12345": "",
	} {
		if got := address(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestSyscallName(t *testing.T) {
	if got := SyscallName(1 << 30); got != "syscall 1073741824" {
		t.Error(got)
	}
	if got := SyscallName(-1); got != "" {
		t.Error(got)
	}
	names := strings.Join(syscallNames[:], " ")
	for _, n := range []string{"read", "futex", "fsync", "flock", "openat", "wait4", "waitid", "epoll_pwait", "restart_syscall"} {
		if !strings.Contains(" "+names+" ", " "+n+" ") {
			t.Errorf("%s is not in the table", n)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("7 (a b) c) S 1 2"), "0100007F:1F90")
	f.Add([]byte("se.exec_start : 53.610969\nnr_switches : 4\n"), ":")
	f.Add([]byte("31 23 0:28 / /x rw - cgroup2 cgroup2 rw"), "00:00")
	f.Fuzz(func(t *testing.T, b []byte, s string) {
		var th Thread
		th.parseStat(b)
		if d := schedTime(b, "se.exec_start"); d < 0 {
			t.Errorf("a negative time: %v", d)
		}
		schedCount(b, "nr_switches")
		parseMounts(string(b))
		if q := parseQuota(string(b)); q < 0 {
			t.Errorf("a negative quota: %v", q)
		}
		parseThrottled(string(b))
		peerOf(b)
		address(s)
		for _, table := range socketTables {
			findSocket(strings.NewReader(string(b)+"\n"+s), s, table.parse)
		}
	})
}
