package agent

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/gomedic/gomedic/agent/wire"
)

// marker lies in the program's memory, and nowhere in its file.
var marker [64]byte

func start(t *testing.T) *Agent {
	t.Helper()
	a, err := Start(Options{Users: []int{4711}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// ask asks as gomedic does, and returns the conversation, which goes on.
func ask(t *testing.T, r wire.Request, file *os.File) (*net.UnixConn, wire.Reply, *os.File) {
	t.Helper()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: wire.Address(os.Getpid()), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	b, _ := json.Marshal(r)
	var rights []byte
	if file != nil {
		rights = syscall.UnixRights(int(file.Fd()))
	}
	if _, _, err := c.WriteMsgUnix(b, rights, nil); err != nil {
		t.Fatal(err)
	}
	var all []byte
	var came *os.File
	for {
		buf, oob := make([]byte, 1<<20), make([]byte, 128)
		n, on, _, _, err := c.ReadMsgUnix(buf, oob)
		if err != nil || n == 0 {
			t.Fatalf("after %q: %v", all, err)
		}
		if ms, err := syscall.ParseSocketControlMessage(oob[:on]); err == nil && len(ms) > 0 {
			if fds, err := syscall.ParseUnixRights(&ms[0]); err == nil {
				came = os.NewFile(uintptr(fds[0]), "came")
				t.Cleanup(func() { came.Close() })
			}
		}
		all = append(all, buf[:n]...)
		var reply wire.Reply
		if json.Unmarshal(all, &reply) == nil {
			return c, reply, came
		}
	}
}

func TestCopyIsTheMemory(t *testing.T) {
	start(t)
	if _, err := rand.Read(marker[:]); err != nil {
		t.Fatal(err)
	}
	heap := bytes.Repeat(marker[:], 1000)
	defer runtime.KeepAlive(heap)
	processors := runtime.GOMAXPROCS(0)
	file, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, r, program := ask(t, wire.Request{Version: wire.Version, Ask: wire.Copy}, file)
	if r.Error != "" || !r.Finished || r.PID != os.Getpid() || r.Stopped <= 0 || !strings.Contains(r.Maps, "[heap]") && !strings.Contains(r.Maps, "[stack]") {
		t.Fatalf("the answer is %+v", r)
	}
	for _, want := range [][]byte{marker[:], heap} {
		at, got := uint64(uintptr(unsafe.Pointer(&want[0]))), make([]byte, len(want))
		found := false
		for _, g := range r.Regions {
			if at >= g.Addr && at+uint64(len(want)) <= g.Addr+g.Size {
				found = true
				if _, err := file.ReadAt(got, g.At+int64(at-g.Addr)); err != nil && err != io.EOF {
					t.Fatal(err)
				}
			}
		}
		if !found || !bytes.Equal(got, want) {
			t.Errorf("%d bytes at %#x are not in the copy", len(want), at)
		}
	}
	own, err := os.Stat("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if program == nil {
		t.Fatal("the program's file did not come")
	}
	if st, err := program.Stat(); err != nil || !os.SameFile(own, st) {
		t.Errorf("another file than the program's came: %v", err)
	}
	if now := runtime.GOMAXPROCS(0); now != processors {
		t.Errorf("GOMAXPROCS is %d, was %d", now, processors)
	}
	const wall = 0x40000000
	if pid, err := syscall.Wait4(-1, nil, wall|syscall.WNOHANG, nil); err != syscall.ECHILD {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}

// The program is what it was when nobody looks any more.
func TestLetInEnds(t *testing.T) {
	dumpable := func() uintptr {
		d, _, _ := syscall.RawSyscall(syscall.SYS_PRCTL, prGetDumpable, 0, 0)
		return d
	}
	was := dumpable()
	defer syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, was, 0)
	if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0); e != 0 {
		t.Fatal(e)
	}
	a := start(t)
	c, r, _ := ask(t, wire.Request{Version: wire.Version, Ask: wire.LetIn}, nil)
	if r.Error != "" || dumpable() != 1 {
		t.Fatalf("not let in: %+v, dumpable %d", r, dumpable())
	}
	c.Close()
	a.Close() // waits for all that goes on
	if d := dumpable(); d != 0 {
		t.Errorf("dumpable is %d after the end", d)
	}
}

func TestWhatCannotBeDone(t *testing.T) {
	start(t)
	readOnly, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	for name, c := range map[string]struct {
		r    wire.Request
		file *os.File
	}{
		"another version":    {wire.Request{Version: wire.Version + 1, Ask: wire.LetIn}, nil},
		"an unknown wish":    {wire.Request{Version: wire.Version, Ask: "sing"}, nil},
		"a copy to nowhere":  {wire.Request{Version: wire.Version, Ask: wire.Copy}, nil},
		"a file that is not": {wire.Request{Version: wire.Version, Ask: wire.Copy}, readOnly},
	} {
		if _, r, _ := ask(t, c.r, c.file); r.Error == "" || r.Finished {
			t.Errorf("%s: the answer is %+v", name, r)
		}
	}
	// One that says nothing, and one that says nonsense, keep nobody else waiting.
	silent, err := net.Dial("unix", wire.Address(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	rude, err := net.Dial("unix", wire.Address(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	defer rude.Close()
	if _, err := rude.Write([]byte("{{{{")); err != nil {
		t.Fatal(err)
	}
	if _, r, _ := ask(t, wire.Request{Version: wire.Version, Ask: wire.LetIn}, nil); r.Error != "" {
		t.Errorf("the agent answers no more: %+v", r)
	}
}

func TestWhoIsAnswered(t *testing.T) {
	a := start(t)
	for uid, want := range map[int]bool{os.Getuid(): true, 0: true, 4711: true, 4712: os.Getuid() == 4712} {
		if got := a.may(&syscall.Ucred{Uid: uint32(uid)}); got != want {
			t.Errorf("user %d is answered: %v", uid, got)
		}
	}
	if _, err := letIn(&syscall.Ucred{Uid: 4711, Pid: 1}); err == nil && os.Getuid() != 4711 {
		t.Error("another user was let in")
	}
	if _, err := letIn(&syscall.Ucred{Uid: uint32(os.Getuid())}); err == nil {
		t.Error("a process that cannot be named was let in")
	}
}

func TestOneAgentForEachProgram(t *testing.T) {
	a := start(t)
	if b, err := Start(Options{}); err == nil {
		b.Close()
		t.Error("two agents in one program")
	}
	done := make(chan struct{})
	go func() { defer close(done); a.Close() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("Close does not end")
	}
	b, err := Start(Options{})
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	b.Close()
}

func TestRegions(t *testing.T) {
	const maps = `00400000-00500000 r-xp 00000000 08:01 1 /bin/x
00500000-00501000 ---p 00000000 00:00 0
c000000000-c000400000 rw-p 00000000 00:00 0
7f0000000000-7f0000100000 rw-s 00000000 00:06 7 /dev/dri/card0
7f0000100000-7f0000200000 rw-s 00000000 00:0e 8 anon_inode:i915.gem
7f0000200000-7f0000300000 rw-s 00000000 00:15 9 /dev/shm/x
7ffd00000000-7ffd00001000 r--p 00000000 00:00 0 [vvar]
7ffd00001000-7ffd00022000 rw-p 00000000 00:00 0 [stack]
nonsense
`
	got := regions(maps)
	want := []wire.Region{
		{Addr: 0x400000, Size: 0x100000, At: wire.Start},
		{Addr: 0xc000000000, Size: 0x400000, At: wire.Start + 0x100000},
		{Addr: 0x7f0000200000, Size: 0x100000, At: wire.Start + 0x500000},
		{Addr: 0x7ffd00001000, Size: 0x21000, At: wire.Start + 0x600000},
	}
	if len(got) != len(want) {
		t.Fatalf("regions are %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("region %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}
