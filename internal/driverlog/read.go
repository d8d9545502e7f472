package driverlog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is one message of the kernel log.
type Entry struct {
	Text string
	At   time.Time     // zero: the log names no time of day
	Boot time.Duration // since the machine was started, by the kernel's clock, which stands still in a suspend; -1: not named
}

// Bounds on a log. A kernel's ring is a megabyte or two, a journal of months some
// hundred.
const (
	maxLog  = 256 << 20
	maxLine = 64 << 10
)

// ErrNoLog is returned for a file in which no line looks like one of a kernel log.
var ErrNoLog = errors.New("not a kernel log")

// Read reads a recorded log, which may be packed by gzip: the output of dmesg with any
// of its time stamps, /dev/kmsg, journalctl in the formats short… and json, or a
// syslog file. Times without a year are taken to be the last before now. Lines that
// the kernel did not write are passed over.
func Read(r io.Reader, now time.Time, each func(Entry)) error {
	b := bufio.NewReaderSize(io.LimitReader(r, maxLog), 1<<16)
	if head, err := b.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return ErrNoLog
		}
		b = bufio.NewReaderSize(io.LimitReader(z, maxLog), 1<<16)
	}
	if head, _ := b.Peek(64); bytes.IndexByte(head, 0) >= 0 { // a program, an image: its texts are not lines of a log
		return ErrNoLog
	}
	known := 0
	for {
		line, err := readLine(b)
		if len(line) > 0 {
			e, k := parse(string(line), now)
			if k == foreign {
				// dmesg without time stamps: only what a driver writes is known.
				if f, ok := Match(e.Text); ok && f.ID != "drm-error" && readable(line) {
					k = kernel
				}
			}
			if k != foreign {
				known++
			}
			if k == kernel {
				each(e)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if known == 0 {
		return ErrNoLog
	}
	return nil
}

// readable reports whether a line is text.
func readable(line []byte) bool {
	return utf8.Valid(line) && !bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' })
}

// readLine reads a line without its end; what is beyond maxLine is left out.
func readLine(b *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, part[:min(len(part), maxLine-len(line))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n\x00"), err
		}
	}
}

// origin says who wrote a line.
type origin int

const (
	foreign origin = iota // it has no form that is known
	other                 // a log's line, not the kernel's
	kernel
)

var (
	kmsg     = regexp.MustCompile(`^\d+,\d+,(\d+),[^;]*;(.*)`)
	raw      = regexp.MustCompile(`^<\d{1,3}>`)
	decoded  = regexp.MustCompile(`^(?:kern|user|daemon|syslog|auth) *: *(?:emerg|alert|crit|err|warn|notice|info|debug) *: ?`)
	seconds  = regexp.MustCompile(`^\[ *(\d+\.\d+)\] ?(?:\[ *[TC]\d+\] ?)?`)
	ctime    = regexp.MustCompile(`^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\] ?`)
	iso      = regexp.MustCompile(`^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)? `)
	syslog   = regexp.MustCompile(`^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? `)
	hostName = regexp.MustCompile(`^(\S+ )?([\w./()@-]+)(?:\[\d+\])?: `)
	kernelIs = regexp.MustCompile(`^(?:\S+ )?kernel(?:\[\d+\])?: `)
)

// parse splits a line into its time and what was said.
func parse(line string, now time.Time) (Entry, origin) {
	e := Entry{Text: line, Boot: -1}
	if strings.HasPrefix(line, "{") {
		return parseJSON(line)
	}
	if m := kmsg.FindStringSubmatch(line); m != nil {
		us, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return e, foreign
		}
		e.Boot, e.Text = time.Duration(us)*time.Microsecond, m[2]
		return e, kernel
	}
	rest := decoded.ReplaceAllString(raw.ReplaceAllString(line, ""), "")
	if m := seconds.FindStringSubmatch(rest); m != nil {
		e.Boot = bootTime(m[1])
		rest = rest[len(m[0]):]
		if k := kernelIs.FindString(rest); k != "" { // journalctl -o short-monotonic
			rest = rest[len(k):]
		}
		e.Text = rest
		return e, kernel
	}
	if m := ctime.FindStringSubmatch(rest); m != nil {
		e.At, _ = time.ParseInLocation("Mon Jan _2 15:04:05 2006", m[1], now.Location())
		e.Text = rest[len(m[0]):]
		return e, kernel
	}
	stamped := false
	if m := iso.FindStringSubmatch(rest); m != nil {
		e.At, rest, stamped = isoTime(m, now), rest[len(m[0]):], true
		if !hostName.MatchString(rest) || m[2] != "" && !kernelIs.MatchString(rest) && strings.Contains(m[0], ",") {
			e.Text = rest // dmesg --time-format=iso
			return e, kernel
		}
	} else if m := syslog.FindStringSubmatch(rest); m != nil {
		e.At, rest, stamped = yearless(m[1], now), rest[len(m[0]):], true
	}
	if !stamped {
		return e, foreign
	}
	k := kernelIs.FindString(rest)
	if k == "" {
		e.Text = rest
		return e, other
	}
	rest = rest[len(k):]
	if m := seconds.FindStringSubmatch(rest); m != nil {
		e.Boot, rest = bootTime(m[1]), rest[len(m[0]):]
	}
	e.Text = rest
	return e, kernel
}

func bootTime(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 1e9 {
		return -1
	}
	return time.Duration(f * float64(time.Second))
}

func isoTime(m []string, now time.Time) time.Time {
	s := strings.Replace(m[1], " ", "T", 1)
	if m[3] == "" {
		t, _ := time.ParseInLocation("2006-01-02T15:04:05", s, now.Location())
		return fraction(t, m[2])
	}
	zone := m[3]
	if len(zone) == 5 {
		zone = zone[:3] + ":" + zone[3:]
	}
	t, _ := time.Parse(time.RFC3339, s+zone)
	return fraction(t, m[2])
}

func fraction(t time.Time, digits string) time.Time {
	if digits == "" || t.IsZero() {
		return t
	}
	f, err := strconv.ParseFloat("0."+digits, 64)
	if err != nil {
		return t
	}
	return t.Add(time.Duration(f * float64(time.Second)))
}

// yearless reads syslog's time: of this year, or of the year before where that would
// be in the future.
func yearless(s string, now time.Time) time.Time {
	t, err := time.ParseInLocation("Jan _2 15:04:05", s, now.Location())
	if err != nil {
		return time.Time{}
	}
	t = t.AddDate(now.Year(), 0, 0)
	if t.After(now.Add(24 * time.Hour)) {
		t = t.AddDate(-1, 0, 0)
	}
	return t
}

// parseJSON reads an object of journalctl -o json (systemd.journal-fields(7)). A
// message that is no UTF-8 comes as a list of bytes.
func parseJSON(line string) (Entry, origin) {
	var o struct {
		Message   json.RawMessage `json:"MESSAGE"`
		Real      string          `json:"__REALTIME_TIMESTAMP"`
		Source    string          `json:"_SOURCE_MONOTONIC_TIMESTAMP"`
		Transport string          `json:"_TRANSPORT"`
		Ident     string          `json:"SYSLOG_IDENTIFIER"`
	}
	e := Entry{Boot: -1}
	if json.Unmarshal([]byte(line), &o) != nil || o.Message == nil {
		return e, foreign
	}
	if us, err := strconv.ParseInt(o.Real, 10, 64); err == nil && us > 0 && us < 1<<52 {
		e.At = time.UnixMicro(us)
	}
	if us, err := strconv.ParseInt(o.Source, 10, 64); err == nil && us >= 0 && us < 1<<52 {
		e.Boot = time.Duration(us) * time.Microsecond
	}
	var list []byte
	if json.Unmarshal(o.Message, &e.Text) != nil {
		var numbers []uint16
		if json.Unmarshal(o.Message, &numbers) != nil {
			return e, foreign
		}
		for _, n := range numbers {
			list = append(list, byte(n))
		}
		e.Text = string(list)
	}
	if o.Transport != "" && o.Transport != "kernel" || o.Transport == "" && o.Ident != "" && o.Ident != "kernel" {
		return e, other
	}
	return e, kernel
}
