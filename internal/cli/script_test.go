//go:build linux

package cli

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata are the commands' manual: each shows what to type and
// what comes. Besides testscript's own they have these commands:
//
//	start [-as UID] VAR PROGRAM [WAY]   start a program of testdata/programs, set VAR to its pid once it is ready
//	start -namespace VAR PROGRAM [WAY]  … in a PID namespace of its own
//	spawn VAR COMMAND ARGS…             start any command, set VAR to its pid
//	build PROGRAM FILE                  build a program of testdata/programs into the script's folder
//	hex FILE BYTES                      write a file of these bytes
//	untouched VAR                       the process runs on: not ended, not stopped, held by nobody
//	end VAR                             end the process
//	serve VAR FOLDER                    serve a folder on loopback, set VAR to its address
//	exits CODE COMMAND ARGS…            run the command; it must end with exactly this code, or with one of 0/1
//	complains WHAT HINT                 standard error holds exactly these two lines, as regular expressions
//	json NAME SCHEMA                    the file (stdout for standard output) is one JSON value of this schema
//	record FILE                         write a bundle with the frames of a made-up program
//	replace FILE OLD NEW                replace bytes in a file
//	cut FILE BYTES                      cut a file off
//	damage FILE AT                      change the byte at that place
func TestScripts(t *testing.T) {
	p := &programs{dir: t.TempDir()}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		Condition:           p.condition,
		Setup: func(env *testscript.Env) error {
			// gomedic is a program of its own, which another user can run, too.
			env.Setenv("PROGRAMS", p.dir)
			env.Setenv("LANG", "en_US.UTF-8")
			cache, err := exec.Command("go", "env", "GOCACHE").Output() // what go builds in a script, it builds once
			if err != nil {
				return err
			}
			env.Setenv("HOSTGOCACHE", strings.TrimSpace(string(cache)))
			modules, err := exec.Command("go", "env", "GOMODCACHE").Output() // gomedic's own modules are there
			if err != nil {
				return err
			}
			env.Setenv("HOSTGOMODCACHE", strings.TrimSpace(string(modules)))
			env.Setenv("GOVERSION", runtime.Version())
			env.Setenv("UNKNOWN", "go9"+strings.TrimPrefix(runtime.Version(), "go1"))
			return os.Chmod(filepath.Dir(env.WorkDir), 0o755)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"start":     p.start,
			"spawn":     spawn,
			"hex":       writeHex,
			"end":       end,
			"untouched": untouched,
			"exits":     exits,
			"serve":     serve,
			"complains": complains,
			"json":      oneJSON,
			"replace":   replace,
			"cut":       cut,
			"damage":    damage,
			"build":     p.buildInto,
			"record":    record,
		},
	})
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"gomedic": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// programs builds the programs of testdata/programs, each once.
type programs struct {
	dir  string
	mu   sync.Mutex
	done map[string]error
}

// ways are the ways to build a program that need more than go build.
var ways = map[string][]string{
	"gomedic":          {"."},
	"agented":          {"."},
	"patient":          {"."},
	"window":           {"."},
	"keeper":           {"."},
	"keeper-stripped":  {"-trimpath", "-ldflags=-s -w", "."},
	"patient-32":       {"."},
	"patient-stripped": {"-trimpath", "-ldflags=-s -w", "."},
	"patient-pie":      {"-buildmode=pie", "-ldflags=-s -w", "."},
}

// build returns the path of the built program.
func (p *programs) build(name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := filepath.Join(p.dir, name)
	if err, ok := p.done[name]; ok {
		return path, err
	}
	args, ok := ways[name]
	if !ok {
		return "", fmt.Errorf("there is no program %s", name)
	}
	source, variant, _ := strings.Cut(name, "-")
	cmd := exec.Command("go", append([]string{"build", "-o", path}, args...)...)
	cmd.Dir = filepath.Join("testdata", "programs", source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if source == "gomedic" {
		cmd.Dir = filepath.Join("..", "..", "cmd", "gomedic")
	}
	if variant == "32" {
		cmd.Env = append(cmd.Env, "GOARCH=386")
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	if p.done == nil {
		p.done = make(map[string]error)
		err = errors.Join(err, os.Chmod(p.dir, 0o755), os.Chmod(filepath.Dir(p.dir), 0o755))
	}
	p.done[name] = err
	return path, err
}

// condition are the scripts' own conditions: [root], [bits32], [namespaces],
// where this machine lets us make some, and [cores], where the kernel writes
// core files into the folder of the process.
func (p *programs) condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "bits32": // amd64 kernels run 386 programs, if built so
		path, err := p.build("patient-32")
		if runtime.GOARCH != "amd64" || err != nil {
			return false, err
		}
		var ran *exec.ExitError
		return errors.As(exec.Command(path).Run(), &ran), nil // it ran, and ended for want of an argument
	case "cores":
		pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
		var limit syscall.Rlimit
		numbered, _ := os.ReadFile("/proc/sys/kernel/core_uses_pid")
		return err == nil && strings.TrimSpace(string(pattern)) == "core" && strings.TrimSpace(string(numbered)) == "0" &&
			syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil && limit.Max > 1<<30, nil
	case "namespaces":
		return exec.Command("unshare", "--pid", "--fork", "--mount", "--mount-proc", "true").Run() == nil, nil
	}
	return false, fmt.Errorf("unknown condition %s", name)
}

// buildInto is "build PROGRAM FILE": a copy of the program in the script's folder.
func (p *programs) buildInto(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: build PROGRAM FILE")
	}
	path, err := p.build(args[0])
	ts.Check(err)
	b, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(writeProgram(ts.MkAbs(args[1]), b))
}

// writeProgram writes a program that can be run at once: a process that another
// script starts meanwhile would hold the file open for writing until it runs its own.
func writeProgram(path string, b []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, b, 0o755)
}

// readyWithin is how long a program may take to get ready: it is only reached
// when the program is broken.
const readyWithin = 60 * time.Second

func (p *programs) start(ts *testscript.TestScript, neg bool, args []string) {
	var own syscall.SysProcAttr
	if len(args) > 1 && args[0] == "-as" {
		uid, err := strconv.ParseUint(args[1], 10, 32)
		ts.Check(err)
		own.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
		args = args[2:]
	} else if len(args) > 0 && args[0] == "-namespace" {
		own.Cloneflags = syscall.CLONE_NEWPID
		args = args[1:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start [-as UID] VAR PROGRAM [ARGS]")
	}
	path := ts.MkAbs(args[1]) // a copy that the script made
	if _, err := os.Stat(path); err != nil {
		path, err = p.build(args[1])
		ts.Check(err)
	}
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.SysProcAttr = &own
	if out := ts.Getenv("STDERR"); out != "" {
		f, err := os.Create(ts.MkAbs(out))
		ts.Check(err)
		defer f.Close()
		cmd.Stderr = f
	}
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	late := time.AfterFunc(readyWithin, func() { cmd.Process.Kill() })
	defer late.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		ts.Fatalf("%s %s did not get ready: %v", args[1], strings.Join(args[2:], " "), err)
	}
	pid, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		ts.Fatalf("%s said %q", args[1], line)
	}
	if own.Cloneflags != 0 {
		pid = strconv.Itoa(cmd.Process.Pid) // as it is named here
	}
	ts.Setenv(args[0], pid)
	go io.Copy(io.Discard, out)
}

// spawn starts a command that does not say when it is ready: that it runs is
// enough.
func spawn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: spawn VAR COMMAND ARGS…")
	}
	cmd := exec.Command(args[1], args[2:]...)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	ts.Setenv(args[0], strconv.Itoa(cmd.Process.Pid))
}

// process returns the pid that a variable holds.
func process(ts *testscript.TestScript, args []string) int {
	if len(args) != 1 {
		ts.Fatalf("usage: COMMAND VAR")
	}
	pid, err := strconv.Atoi(ts.Getenv(args[0]))
	ts.Check(err)
	return pid
}

// end ends a process and waits until it has ended. (It stays as a zombie until
// the script is over, when the test waits for it.)
func end(ts *testscript.TestScript, neg bool, args []string) {
	pid := process(ts, args)
	handle, err := os.FindProcess(pid)
	ts.Check(err)
	ts.Check(handle.Signal(syscall.SIGQUIT))
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(time.Millisecond) { // another's child cannot be waited for
		if s := status(pid, "State"); s == "" || strings.HasPrefix(s, "Z") {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("process %d does not end", pid)
		}
	}
}

// status returns a field of /proc/PID/status, empty when there is none.
func status(pid int, field string) string { return statusOf(strconv.Itoa(pid), field) }

// statusOf is status of "PID" or "PID/task/TID".
func statusOf(of, field string) string {
	b, err := os.ReadFile("/proc/" + of + "/status")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func untouched(ts *testscript.TestScript, neg bool, args []string) {
	pid := process(ts, args)
	switch state := status(pid, "State"); {
	case state == "":
		ts.Fatalf("process %d is gone", pid)
	case strings.ContainsAny(state[:1], "TtZX"):
		ts.Fatalf("process %d is in state %s", pid, state)
	}
	if tracer := status(pid, "TracerPid"); tracer != "0" {
		ts.Fatalf("process %d is traced by %s", pid, tracer)
	}
}

func serve(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: serve VAR FOLDER")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[1]))))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if !slices.Contains(strings.Split(args[0], "/"), strconv.Itoa(got)) {
		ts.Fatalf("%s ended with %d, want %s\n%s%s", args[1], got, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func complains(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: complains WHAT HINT")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stderr"), "\n"), "\n")
	if len(lines) != 2 {
		ts.Fatalf("want two lines, one what and one what to do; got\n%s", strings.Join(lines, "\n"))
	}
	for i, prefix := range []string{"^gomedic: .*", "^(hint: |提示：).*"} {
		if !regexp.MustCompile(prefix + args[i]).MatchString(lines[i]) {
			ts.Fatalf("%q does not match %s%s", lines[i], prefix, args[i])
		}
	}
}

func oneJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: json FILE SCHEMA")
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var v struct{ Schema string }
	ts.Check(d.Decode(&v))
	if v.Schema != args[1] {
		ts.Fatalf("schema %q, want %q", v.Schema, args[1])
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("there is more behind the JSON value: %v", err)
	}
}

func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || len(args[1]) != len(args[2]) {
		ts.Fatalf("usage: replace FILE OLD NEW, the two equally long")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(b, []byte(args[1])) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(writeProgram(path, bytes.ReplaceAll(b, []byte(args[1]), []byte(args[2]))))
}

func writeHex(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hex FILE BYTES")
	}
	b, err := hex.DecodeString(strings.ReplaceAll(args[1], " ", ""))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() <= n {
		ts.Fatalf("%s is no longer than %d bytes", args[0], n)
	}
	ts.Check(os.Truncate(path, n))
}

func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE AT")
	}
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if at >= len(b) {
		ts.Fatalf("%s has no byte %d", args[0], at)
	}
	b[at] ^= 1
	ts.Check(os.WriteFile(path, b, 0o644))
}
