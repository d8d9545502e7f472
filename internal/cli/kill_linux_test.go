package cli

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gomedic, killed at whatever moment of an examination, leaves the program as it
// was: it runs on, and nobody holds it.
func TestKilledAtAnyMoment(t *testing.T) {
	const kills = 200
	p := &programs{dir: t.TempDir()}
	gomedic, err := p.build("gomedic")
	if err != nil {
		t.Fatal(err)
	}
	patient, err := p.build("patient")
	if err != nil {
		t.Fatal(err)
	}
	target := exec.Command(patient, "beating")
	in, err := target.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := target.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		target.Process.Kill()
		target.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready") {
		t.Fatalf("the target said %q", lines.Text())
	}
	pid := target.Process.Pid
	beats := func() string {
		t.Helper()
		fmt.Fprintln(in)
		late := time.AfterFunc(time.Minute, func() { target.Process.Kill() })
		defer late.Stop()
		if !lines.Scan() {
			t.Fatal("the target does not answer")
		}
		return lines.Text()
	}
	ended := 0
	for n := range kills {
		cmd := exec.Command(gomedic, "check", fmt.Sprint(pid), "--for", "100ms", "--json")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(rand.N(140 * time.Millisecond)) // any moment: from its start to its end
		cmd.Process.Kill()                           // or it has ended already
		cmd.Wait()
		if cmd.ProcessState.Exited() {
			ended++
			if code := cmd.ProcessState.ExitCode(); code > 1 {
				t.Fatalf("an examination ended with %d", code)
			}
		}
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		if err != nil || len(tasks) == 0 {
			t.Fatalf("after %d kills the target is gone: %v", n+1, err)
		}
		for _, task := range tasks {
			of := fmt.Sprintf("%d/task/%s", pid, filepath.Base(task))
			for end := time.Now().Add(10 * time.Second); held(of); {
				if time.Now().After(end) {
					t.Fatalf("after %d kills thread %s stands: %s, traced by %s", n+1, of, statusOf(of, "State"), statusOf(of, "TracerPid"))
				}
			}
		}
	}
	if ended > kills/2 {
		t.Errorf("%d of %d examinations had ended before", ended, kills)
	}
	before := beats()
	for end := time.Now().Add(time.Minute); beats() == before; {
		if time.Now().After(end) {
			t.Fatal("the target stands still")
		}
	}
}

// held: the thread stands, or somebody traces it. One that has ended is neither.
func held(of string) bool {
	state, tracer := statusOf(of, "State"), statusOf(of, "TracerPid")
	return strings.HasPrefix(state, "t") || strings.HasPrefix(state, "T") || tracer != "" && tracer != "0"
}
