package frames_test

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/gomedic/gomedic/internal/probe/frames"
)

// The watcher of these tests is this test binary itself, told by its environment.
func TestMain(m *testing.M) {
	if pid := os.Getenv("FRAMES_TEST_WATCH"); pid != "" {
		watcher(pid)
	}
	os.Exit(m.Run())
}

// What the watcher says.
const inPlace, leaving = "in place", "leaving"

// watcher does what the command does: it watches a process, and ends.
func watcher(pid string) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		panic(err)
	}
	said := false
	_, err = watch(context.Background(), n, frames.Options{For: 300 * time.Millisecond, Leave: true, Each: func(frames.Update) {
		if !said {
			said = true
			fmt.Println(inPlace)
		}
	}})
	if err != nil {
		panic(err)
	}
	fmt.Println(leaving)
	os.Exit(0)
}

// held are the ids of what a process holds in the kernel.
type held struct {
	links    []link.ID
	programs []ebpf.ProgramID
}

func heldBy(pid int) (h held) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // closed meanwhile
		}
		for _, line := range bytes.Split(b, []byte("\n")) {
			var id uint32
			if _, err := fmt.Sscanf(string(line), "link_id: %d", &id); err == nil {
				h.links = append(h.links, link.ID(id))
			} else if _, err := fmt.Sscanf(string(line), "prog_id: %d", &id); err == nil {
				h.programs = append(h.programs, ebpf.ProgramID(id))
			}
		}
	}
	return h
}

// left says what is still there.
func (h held) left() error {
	for _, id := range h.links {
		if l, err := link.NewFromID(id); err == nil {
			l.Close()
			return fmt.Errorf("link %d is still there", id)
		}
	}
	for _, id := range h.programs {
		if p, err := ebpf.NewProgramFromID(id); err == nil {
			name := p.String()
			p.Close()
			return fmt.Errorf("%s, program %d, is still there", name, id)
		}
	}
	return nil
}

// linked says whether the kernel's list has a link to the program's file.
func linked(exe string) error {
	it := new(link.Iterator)
	defer it.Close()
	for it.Next() {
		info, err := it.Link.Info()
		if err != nil {
			continue // gone meanwhile
		}
		if u := info.UprobeMulti(); u != nil && u.File == exe {
			return fmt.Errorf("link %d has %d probes in %s", it.ID, u.Count, exe)
		}
	}
	return it.Err()
}

// code is a program's file, to compare its text in memory with.
type code struct {
	addr uint64
	file []byte
}

func readCode(t *testing.T, exe string) code {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 {
			b := make([]byte, p.Filesz)
			if _, err := p.ReadAt(b, 0); err != nil {
				t.Fatal(err)
			}
			return code{p.Vaddr, b}
		}
	}
	t.Fatal("the program has no code")
	return code{}
}

// changed is how many bytes of the process's text are not those of its file, and
// how many of them are breakpoints.
func (c code) changed(t *testing.T, pid int) (bytes, breakpoints int) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mem := make([]byte, len(c.file))
	if _, err := f.ReadAt(mem, int64(c.addr)); err != nil {
		t.Fatal(err)
	}
	for i := range mem {
		if mem[i] != c.file[i] {
			bytes++
			if mem[i] == 0xcc {
				breakpoints++
			}
		}
	}
	return bytes, breakpoints
}

// Killed at whatever moment, with its probes in place or half in place, gomedic
// leaves none behind: the program's text is as it was, the kernel's lists have
// nothing of it, and the program draws on.
func TestKilledWithProbesInPlace(t *testing.T) {
	needProbes(t)
	for i := range 2 { // most of the time is waiting for the kernel
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			killed(t, 100)
		})
	}
}

// killed kills watchers of one program.
func killed(t *testing.T, kills int) {
	exe := build(t)
	p := start(t, exe, "steady")
	pid := p.Process.Pid
	text := readCode(t, exe)
	var withProbes, between, ended int
	for n := range kills {
		w := exec.Command(os.Args[0])
		w.Env = append(os.Environ(), "FRAMES_TEST_WATCH="+strconv.Itoa(pid))
		w.Stderr = os.Stderr
		out, err := w.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		var said atomic.Value
		first := make(chan struct{})
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if said.Swap(lines.Text()) == nil {
					close(first)
				}
			}
		}()
		switch {
		case n == 0: // see that this test would see
			<-first
			if _, breakpoints := text.changed(t, pid); breakpoints == 0 {
				t.Error("with probes in place, the text has no breakpoints")
			}
			if linked(exe) == nil {
				t.Error("with probes in place, the kernel has no link to the program")
			}
		case n%4 == 0: // on its way
			<-time.After(rand.N(100 * time.Millisecond))
		case n%4 == 1: // at its end
			<-first
			<-time.After(150*time.Millisecond + rand.N(100*time.Millisecond))
		default: // watching
			<-first
			<-time.After(rand.N(50 * time.Millisecond))
		}
		ids := heldBy(w.Process.Pid)
		w.Process.Kill()
		<-heard
		w.Wait()
		if w.ProcessState.Exited() {
			ended++
			if !w.ProcessState.Success() {
				t.Fatalf("the watcher ended by itself: %v", w.ProcessState)
			}
		}
		switch last := said.Load(); {
		case last == inPlace:
			withProbes++
		case len(ids.programs) > 0:
			between++
		}
		// The kernel tidies up when the last holder is gone, a little later.
		for end := time.Now().Add(20 * time.Second); ; {
			err := errors.Join(ids.left(), linked(exe))
			if bytes, breakpoints := text.changed(t, pid); bytes > 0 {
				err = errors.Join(err, fmt.Errorf("%d bytes of the text are changed, %d breakpoints", bytes, breakpoints))
			}
			if err == nil {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("after %d kills: %v", n+1, err)
			}
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/mem", pid)); errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("after %d kills the program is gone", n+1)
		}
	}
	if withProbes < kills/4 || ended > kills/2 {
		t.Errorf("of %d kills, %d came while it watched, %d before or after, and %d too late", kills, withProbes, between, ended)
	}
	before := p.count(t)
	for end := time.Now().Add(time.Minute); p.count(t) < before+10; {
		if time.Now().After(end) {
			t.Fatal("the program does not draw any more")
		}
	}
	// It was never kept from drawing for long, as far as its own clock tells.
	t.Logf("%d kills while it watched, %d before or after, %d too late; longest gap between two frames %v", withProbes, between, ended, longestGap(p.frames(t)))
}

func longestGap(fs []frame) (gap time.Duration) {
	for i := 1; i < len(fs); i++ {
		gap = max(gap, fs[i].end-fs[i-1].end)
	}
	return gap
}
