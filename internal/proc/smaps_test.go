package proc

import (
	"bufio"
	"strings"
	"testing"
)

const smaps = `00400000-0048a000 r-xp 00000000 fe:00 247026                             /usr/bin/orders
Size:                552 kB
KernelPageSize:        4 kB
Rss:                 500 kB
Pss:                 250 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me 
c000000000-c000400000 rw-p 00000000 00:00 0 
Size:               4096 kB
Rss:                1024 kB
Anonymous:          1024 kB
LazyFree:            128 kB
Swap:                 64 kB
7f0000000000-7f0000010000 rw-s 00000000 00:05 12                         /memfd:a b (deleted)
Rss:                  64 kB
Rss:                junk kB
Pss_Dirty:            99 kB
no colon
7f0000020000-7f0000021000 ---p 00000000 00:00 0                          [anon: Go: heap reservation]
Rss:    18446744073709551615 kB
Rss:                 999 kB
`

func TestParseUsages(t *testing.T) {
	all, whole, err := parseUsages(bufio.NewReaderSize(strings.NewReader(smaps), 4096))
	if err != nil || !whole || len(all) != 4 {
		t.Fatalf("%d mappings, %v, %v", len(all), whole, err)
	}
	if u := all[0]; u.RSS != 500<<10 || u.PSS != 250<<10 || u.Shared || !u.Exec || u.Path != "/usr/bin/orders" || u.Size() != 0x8a000 {
		t.Errorf("%+v", u)
	}
	if u := all[1]; u.RSS != 1<<20 || u.Anonymous != 1<<20 || u.LazyFree != 128<<10 || u.Swap != 64<<10 || u.Path != "" {
		t.Errorf("%+v", u)
	}
	if u := all[2]; !u.Shared || u.RSS != 64<<10 || u.Path != "/memfd:a b (deleted)" {
		t.Errorf("%+v", u)
	}
	if u := all[3]; u.RSS != 4096 { // no more than its size
		t.Errorf("%+v", u)
	}
}

func FuzzParseUsages(f *testing.F) {
	f.Add(smaps)
	f.Add("0-f rw-p 0 0 0\nRss: 1 kB\n" + strings.Repeat("x", 5000) + "\nRss: 2 kB")
	f.Fuzz(func(t *testing.T, s string) {
		all, _, err := parseUsages(bufio.NewReaderSize(strings.NewReader(s), 256))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range all {
			if u.End < u.Start || u.RSS > u.Size() || u.Swap > u.Size() {
				t.Errorf("%+v", u)
			}
		}
	})
}
