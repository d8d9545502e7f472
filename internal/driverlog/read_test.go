package driverlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"
)

const said = "i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:84dffffb, in kiosk [4711]"

func TestFormats(t *testing.T) {
	zone := time.FixedZone("here", 3600)
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, zone)
	at := time.Date(2026, 3, 1, 9, 8, 7, 0, zone)
	boot := 1234567890 * time.Microsecond
	for _, c := range []struct {
		name, line string
		at         time.Time
		boot       time.Duration
	}{
		{"dmesg", "[ 1234.567890] " + said, time.Time{}, boot},
		{"dmesg with callers", "[ 1234.567890][ T4711] " + said, time.Time{}, boot},
		{"dmesg -r", "<6>[ 1234.567890] " + said, time.Time{}, boot},
		{"dmesg -x", "kern  :notice: [ 1234.567890] " + said, time.Time{}, boot},
		{"dmesg -T", "[Sun Mar  1 09:08:07 2026] " + said, at, -1},
		{"dmesg --time-format iso", "2026-03-01T09:08:07,000000+01:00 " + said, at, -1},
		{"dmesg -t", said, time.Time{}, -1},
		{"/dev/kmsg", "5,1631,1234567890,-;" + said, time.Time{}, boot},
		{"/dev/kmsg with a caller", "5,1631,1234567890,-,caller=T4711;" + said, time.Time{}, boot},
		{"journalctl", "Mar 01 09:08:07 desk kernel: " + said, at, -1},
		{"journalctl short-iso", "2026-03-01T09:08:07+0100 desk kernel: " + said, at, -1},
		{"journalctl short-iso-precise", "2026-03-01T09:08:07.000000+01:00 desk kernel: " + said, at, -1},
		{"journalctl short-monotonic", "[ 1234.567890] desk kernel: " + said, time.Time{}, boot},
		{"journalctl json", `{"_TRANSPORT":"kernel","__REALTIME_TIMESTAMP":"` + "1772352487000000" + `","_SOURCE_MONOTONIC_TIMESTAMP":"1234567890","MESSAGE":"` + said + `"}`, at, boot},
		{"syslog", "Mar  1 09:08:07 desk kernel: [ 1234.567890] " + said, at, boot},
		{"rsyslog", "2026-03-01T09:08:07.000000+01:00 desk kernel: [ 1234.567890] " + said, at, boot},
	} {
		var got []Entry
		if err := Read(strings.NewReader(c.line+"\n"), now, func(e Entry) { got = append(got, e) }); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(got) != 1 || got[0].Text != said || !got[0].At.Equal(c.at) || got[0].Boot != c.boot {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestABinaryMessageOfTheJournal(t *testing.T) {
	line := `{"_TRANSPORT":"kernel","MESSAGE":[91,100,114,109,93,32,120]}`
	var got []Entry
	if err := Read(strings.NewReader(line), time.Now(), func(e Entry) { got = append(got, e) }); err != nil || len(got) != 1 || got[0].Text != "[drm] x" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOthersLinesAreLeftOut(t *testing.T) {
	log := "Mar  1 09:08:07 desk systemd[1]: Started Session 4.\n" +
		"Mar  1 09:08:07 desk app[77]: " + said + "\n" +
		`{"_TRANSPORT":"journal","SYSLOG_IDENTIFIER":"app","MESSAGE":"` + said + `"}` + "\n"
	err := Read(strings.NewReader(log), time.Now(), func(e Entry) { t.Errorf("%+v", e) })
	if err != nil {
		t.Error(err)
	}
}

// Times without a year: the last before now.
func TestTheYear(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]int{"Dec 31 23:00:00": 2025, "Jan  2 11:00:00": 2026} {
		err := Read(strings.NewReader(s+" desk kernel: x\n"), now, func(e Entry) {
			if e.At.Year() != want {
				t.Errorf("%s is of %d, want %d", s, e.At.Year(), want)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPacked(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte("[ 1.000000] " + said + "\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := Read(bytes.NewReader(b.Bytes()), time.Now(), func(Entry) { n++ }); err != nil || n != 1 {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestNoLog(t *testing.T) {
	for _, s := range []string{"", "hello\nworld\n", "package main\n", "\x7fELF\x02\x01", "goroutine 1 [running]:\nmain.main()\n", "{}\n", `{"a":1}`, "\x00\x01" + said + "\n"} {
		if err := Read(strings.NewReader(s), time.Now(), func(e Entry) { t.Errorf("%q: %+v", s, e) }); !errors.Is(err, ErrNoLog) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range examples {
		f.Add([]byte("[ 1.000000] " + line))
		f.Add([]byte("5,1,1000,-;" + line))
	}
	f.Add([]byte(`{"_TRANSPORT":"kernel","MESSAGE":[1,2,300]}`))
	f.Add([]byte("Mar  1 09:08:07 desk kernel: [ 1e9] x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Read(bytes.NewReader(b), time.Unix(1_700_000_000, 0), func(e Entry) {
			if f, ok := Match(e.Text); ok && (f.ID == "" || f.PID < 0) {
				t.Errorf("%q: %+v", e.Text, f)
			}
			MatchOutput(e.Text)
		})
	})
}
