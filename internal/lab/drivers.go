package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/report"
)

// The lines of a case of lab/driver.
//
//	finding ID SEVERITY    the finding that must come, and how bad it is
//	says TEXT              … its title or its reasons have this text
//	healthy                nothing above info may come
//
// The file log is the recorded log. In it {pid}, {tid} and {comm} stand for the program
// that it is examined with, and its times are relative to that program's start:
// {boot+1.5} seconds since boot, {us+1.5} as in /dev/kmsg, {real+1.5} as in a journal,
// {syslog+1.5}, {ctime+1.5} and {iso+1.5} as those write a time.
var driverSteps = map[string]int{"finding": 2, "says": 1, "healthy": 0}

// driverProgram is the healthy program that the logs are about.
const driverProgram, driverFault = "glfw", "glfw-healthy-frames"

// Drivers examines one healthy program with each recorded log of lab/driver. told is
// called with each case when it is over.
func (r *Runner) Drivers(ctx context.Context, only string, told func(*Case)) ([]*Case, error) {
	cases, err := readCases(filepath.Join(r.Dir, "driver"), only, driverSteps)
	if err != nil || len(cases) == 0 {
		return nil, err
	}
	run := Run{Fault: Fault{Name: driverFault, Program: driverProgram, Healthy: true}, Build: Plain, User: Root}
	s, stop, err := r.prepare(ctx, []Run{run})
	if err != nil {
		return nil, err
	}
	defer stop()
	var p *program
	defer func() {
		if p != nil {
			p.stop()
		}
	}()
	for i, c := range cases {
		if i%20 == 0 { // it ends by itself after a time
			if p != nil {
				p.stop()
			}
			if p, err = r.start(ctx, s, run); err != nil {
				return cases[:i], err
			}
		}
		r.driver(ctx, s, p, c)
		if ctx.Err() != nil {
			return cases[:i], ctx.Err()
		}
		told(c)
	}
	return cases, nil
}

// driver examines the program with the log of one case.
func (r *Runner) driver(ctx context.Context, s *stage, p *program, c *Case) {
	begun := time.Now()
	defer func() { c.TookMS = float64(time.Since(begun).Microseconds()) / 1000 }()
	log, ok := c.file("log")
	if !ok {
		c.Why = "it has no file log"
		return
	}
	filled, err := fillLog(log, p.cmd.Process.Pid)
	if err != nil {
		c.Why = err.Error()
		return
	}
	path := filepath.Join(s.root, c.Name+".log")
	if err := os.WriteFile(path, filled, 0o644); err != nil {
		c.Why = err.Error()
		return
	}
	cmd := exec.CommandContext(ctx, r.Gomedic, "check", strconv.Itoa(p.cmd.Process.Pid), "--log", path, "--for", "400ms", "--json")
	cmd.Env = append(os.Environ(), "LANG=en_US.UTF-8", "DISPLAY="+s.display)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == report.ExitFailed) {
		c.Why = strings.TrimSpace(err.Error() + "\n" + complaint.String())
		return
	}
	var rep report.Report
	if err := json.Unmarshal(out.Bytes(), &rep); err != nil {
		c.Why = "its report is no JSON: " + err.Error()
		return
	}
	c.judgeDriver(&rep)
}

// judgeDriver compares a report with what must come out.
func (c *Case) judgeDriver(r *report.Report) {
	var got []string
	for _, f := range r.Findings {
		if strings.HasPrefix(f.ID, "gpu/") {
			got = append(got, string(f.Severity)+" "+f.ID+": "+f.Title.String())
		}
	}
	if len(got) > 0 {
		c.Got = got[0]
	}
	var wrong []string
	var want *report.Finding
	wanted := map[string]bool{}
	for _, step := range c.steps {
		switch step[0] {
		case "finding":
			wanted[step[1]] = true
			for i := range r.Findings {
				if f := &r.Findings[i]; f.ID == step[1] && want == nil {
					want = f
				}
			}
			switch {
			case want == nil:
				wrong = append(wrong, "no "+step[1])
			case string(want.Severity) != step[2]:
				wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", step[1], want.Severity, step[2]))
			}
		case "says":
			b, _ := json.Marshal(want)
			text, _ := json.Marshal(step[1])
			if !strings.Contains(string(b), strings.Trim(string(text), `"`)) {
				wrong = append(wrong, fmt.Sprintf("%q is not said", step[1]))
			}
		}
	}
	for _, f := range r.Findings {
		if f.Severity != report.Info && !wanted[f.ID] {
			wrong = append(wrong, "must not be: "+string(f.Severity)+" "+f.ID+": "+f.Title.String())
		}
	}
	c.Passed = len(wrong) == 0
	if !c.Passed {
		c.Why = strings.Join(append(wrong, got...), "\n")
	}
}

var placeholder = regexp.MustCompile(`\{(pid|tid|comm|boot|us|real|syslog|ctime|iso)([+-][0-9.]+)?\}`)

// fillLog puts a program's numbers and times into a recorded log.
func fillLog(log []byte, pid int) ([]byte, error) {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return nil, err
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, err
	}
	since, at, err := startOf(pid)
	if err != nil {
		return nil, err
	}
	return placeholder.ReplaceAllFunc(log, func(b []byte) []byte {
		m := placeholder.FindSubmatch(b)
		shift, _ := strconv.ParseFloat(string(m[2]), 64) // the pattern has numbers only
		by := time.Duration(shift * float64(time.Second))
		boot, real := since+by, at.Add(by)
		out := ""
		switch string(m[1]) {
		case "pid":
			out = strconv.Itoa(pid)
		case "tid":
			out = tasks[len(tasks)-1].Name()
		case "comm":
			out = strings.TrimSpace(string(comm))
		case "boot":
			out = fmt.Sprintf("%12.6f", max(0, boot.Seconds()))
		case "us":
			out = strconv.FormatInt(max(0, boot.Microseconds()), 10)
		case "real":
			out = strconv.FormatInt(real.UnixMicro(), 10)
		case "syslog":
			out = real.Format("Jan _2 15:04:05")
		case "ctime":
			out = real.Format("Mon Jan _2 15:04:05 2006")
		case "iso":
			out = real.Format("2006-01-02T15:04:05-0700")
		}
		return []byte(out)
	}), nil
}
