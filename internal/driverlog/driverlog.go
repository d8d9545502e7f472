// Package driverlog knows what graphics drivers write when something goes wrong: the
// kernel's drivers into the kernel log, Mesa and the toolkits on standard error. It
// has the table of messages, reads logs in the formats that people have them in, and
// finds the process that a message names.
//
// It judges nothing: what a message means for a program is said in internal/diagnose,
// and in words in internal/text (driver.means.ID, driver.now.…). Start at [Match] and
// [Read].
package driverlog

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Kind is what kind of trouble a message tells.
type Kind string

// The kinds.
const (
	Hang      Kind = "hang"      // a job does not end
	Reset     Kind = "reset"     // the driver resets the GPU, or an engine of it
	Recovered Kind = "recovered" // … and that went well
	Lost      Kind = "lost"      // the GPU is given up
	Fault     Kind = "fault"     // a wrong access or command; its context ends
	Memory    Kind = "memory"    // no memory for buffers
	Init      Kind = "init"      // the driver, or a context, did not come up
	Mismatch  Kind = "mismatch"  // kernel module and libraries do not fit
	Display   Kind = "display"   // the screen does not take pictures
	Power     Kind = "power"
	Thermal   Kind = "thermal"
	Hardware  Kind = "hardware"
	Crash     Kind = "crash"   // a process died inside the driver
	Killed    Kind = "killed"  // the kernel ended a process for its memory
	Blocked   Kind = "blocked" // a thread waits inside the kernel
	Who       Kind = "who"     // names the process that the message before was about
	Notice    Kind = "notice"  // means nothing for a program
)

// Pattern is one message of a driver.
type Pattern struct {
	ID     string // "amdgpu-ring-timeout"; of an Xid "nvidia-xid-31"
	Driver string
	Kind   Kind
	Do     string // the advice: driver.now.…; empty: none
	Lasts  bool   // it goes on for as long as the machine or the program runs
	Whole  bool   // every program that uses the GPU is affected
	Alone  bool   // GPUs of small boards, whose messages name no process
	User   bool   // written by the program itself, on standard error
	Light  bool   // no harm was done
	Has    string // a text that each such message holds: it is looked for first
	expr   string
}

// Found is a message that matches a pattern.
type Found struct {
	Pattern
	PID  int    // of the process, or one of its threads, that it names; 0: none
	Comm string // its name, cut to 15 bytes by the kernel; empty: none
	What string // code, file or version that it names
	Ring string // ring or engine that it names
}

// compiled is a pattern with its expression.
type compiled struct {
	*Pattern
	re *regexp.Regexp
}

var tables = sync.OnceValue(func() map[bool][]compiled {
	all := make(map[bool][]compiled)
	for _, t := range [][]Pattern{patterns, userPatterns, unknown} {
		for i := range t {
			all[t[i].User] = append(all[t[i].User], compiled{&t[i], regexp.MustCompile(t[i].expr)})
		}
	}
	return all
})

// Patterns returns all patterns in the order of the tables, those of Xids in the end.
func Patterns() []Pattern {
	all := slices.Concat(patterns, userPatterns, unknown)
	for _, x := range xids {
		all = append(all, x.named())
	}
	return all
}

// maxMatched bounds the part of a line that is matched.
const maxMatched = 2048

// Match finds the pattern of a message of the kernel log, without its time stamp. ok
// is false for a line that tells no trouble.
func Match(line string) (f Found, ok bool) { return match(line, false) }

// MatchOutput is Match for a line that a program wrote on its standard error.
func MatchOutput(line string) (f Found, ok bool) { return match(line, true) }

func match(line string, user bool) (Found, bool) {
	line = line[:min(len(line), maxMatched)]
	if !user && !concerns(line) {
		return Found{}, false
	}
	if !user && strings.Contains(line, "NVRM: Xid") {
		return matchXid(line)
	}
	if harmless(line) {
		return Found{}, false
	}
	for _, p := range tables()[user] {
		if !strings.Contains(line, p.Has) {
			continue
		}
		if m := p.re.FindStringSubmatch(line); m != nil {
			f := Found{Pattern: *p.Pattern}
			f.fill(p.re, m)
			return f, true
		}
	}
	return Found{}, false
}

func (f *Found) fill(re *regexp.Regexp, m []string) {
	for i, name := range re.SubexpNames() {
		v := strings.TrimSpace(m[i])
		switch {
		case name == "pid":
			if n, err := strconv.Atoi(v); err == nil && n > 0 {
				f.PID = n
			}
		case name == "comm" && v != "no process" && v != "unknown" && v != "<unknown>": // xe, msm, nvidia: nobody's
			f.Comm = v
		case name == "what":
			f.What = v
		case name == "ring":
			f.Ring = v
		}
	}
}

// topics are in every line that a pattern of the kernel log is for.
var topics = []string{"drm", "amdgpu", "radeon", "i915", "xe ", "nouveau", "NVRM", "nvidia", "panfrost", "panthor", "v3d", "vc4", "vmw", "virtio_gpu",
	"msm", "adreno", "gmu", "GMU", "gpu", "GPU", "etnaviv", "lima", "cma: ", "TTM", "DMAR: ", "firmware load for", "ut of memory: Kill", "segfault at",
	"traps: ", "blocked for more than", "failed to idle channel", "SMU: ", "MMU fault"}

func concerns(line string) bool {
	for _, t := range topics {
		if strings.Contains(line, t) {
			return true
		}
	}
	return false
}

// usual are lines with *ERROR* that every start of a healthy machine may show.
var usual = regexp.MustCompile(`EDID|[Cc]annot find any crtc or sizes|hdcp|HDCP|No HPD|dp_aux|AUX|Link Training|link training|DDC|i2c|lspcon|LSPCON|mode_valid|DSC|HDMI Sink|cec|backlight|VBT|vbt|opregion|conflicting fb|simpledrm|mclk|BIOS|ACPI|connector`)

func harmless(line string) bool {
	return strings.Contains(line, "*ERROR*") && usual.MatchString(line) && !strings.Contains(line, "timed out")
}

var xidLine = regexp.MustCompile(`NVRM: Xid \((?:PCI:)?[^)]*\): (?P<what>\d+)(?:, pid='?(?P<pid>[^,']+)'?)?(?:, name=(?P<comm>[^,]*))?`)

func matchXid(line string) (Found, bool) {
	m := xidLine.FindStringSubmatch(line)
	if m == nil {
		return Found{}, false
	}
	f := Found{Pattern: Pattern{ID: "nvidia-xid", Driver: "nvidia", Kind: Fault, Do: "update"}}
	f.fill(xidLine, m)
	for _, x := range xids {
		if strconv.Itoa(x.code) == f.What {
			f.Pattern = x.named()
		}
	}
	return f, true
}

func (x *xid) named() Pattern {
	p := x.Pattern
	p.ID, p.Driver = "nvidia-xid-"+strconv.Itoa(x.code), "nvidia"
	return p
}
