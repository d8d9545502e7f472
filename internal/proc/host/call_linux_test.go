package host

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// memory is a piece of a target's memory that begins at an address.
type memory struct {
	at uint64
	b  []byte
}

func (m memory) ReadAt(p []byte, addr uint64) error {
	if addr < m.at || addr-m.at > uint64(len(m.b)) || uint64(len(p)) > uint64(len(m.b))-(addr-m.at) {
		return errors.New("not mapped")
	}
	copy(p, m.b[addr-m.at:])
	return nil
}

func TestCallObject(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "replay"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "feed")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	const page, here = 0x10000, ^uint64(99) // AT_FDCWD
	fd := uint64(f.Fd())
	pollfd := []byte{byte(fd), byte(fd >> 8), 0, 0, 1, 0, 0, 0}
	at := func(s string) memory { // a string that ends where the memory does
		m := memory{page, make([]byte, 4096)}
		copy(m.b[4096-len(s)-1:], s)
		return m
	}
	end := func(s string) uint64 { return page + 4096 - uint64(len(s)) - 1 }
	self := "/proc/self/fd/" + strconv.Itoa(int(fd))
	tests := []struct {
		name  string
		call  Call
		mem   memory
		kind  string
		local string
	}{
		{"fsync", Call{Name: "fsync", Args: [6]uint64{fd}}, memory{}, "file", f.Name()},
		{"ppoll", Call{Name: "ppoll", Args: [6]uint64{page, 1}}, memory{page, pollfd}, "file", f.Name()},
		{"ppoll of two", Call{Name: "ppoll", Args: [6]uint64{page, 2}}, memory{page, pollfd}, "", ""},
		{"openat of a FIFO", Call{Name: "openat", Args: [6]uint64{here, end(fifo)}}, at(fifo), "fifo", fifo},
		{"openat, relative", Call{Name: "openat", Args: [6]uint64{here, end("x")}}, at("x"), "file", filepath.Join(cwd, "x")},
		{"openat in a folder", Call{Name: "openat", Args: [6]uint64{uint64(folder.Fd()), end("feed")}}, at("feed"), "fifo", fifo},
		{"its own descriptor", Call{Name: "openat", Args: [6]uint64{here, end(self)}}, at(self), "file", f.Name()},
		{"no end to the path", Call{Name: "openat", Args: [6]uint64{here, page}}, memory{page, []byte("abc")}, "", ""},
		{"futex", Call{Name: "futex", Args: [6]uint64{fd}}, memory{}, "", ""},
	}
	for _, test := range tests {
		s, ok := test.call.Object(os.Getpid(), test.mem)
		if ok != (test.kind != "") || s.Kind != test.kind || s.Local != test.local {
			t.Errorf("%s: %+v, %v; want %s %s", test.name, s, ok, test.kind, test.local)
		}
	}
}

func TestCallChild(t *testing.T) {
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var pidfd int
	cmd.SysProcAttr = &syscall.SysProcAttr{PidFD: &pidfd}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	child := uint64(cmd.Process.Pid)
	tests := []struct {
		call Call
		want int
	}{
		{Call{Name: "wait4", Args: [6]uint64{child}}, int(child)},
		{Call{Name: "wait4", Args: [6]uint64{^uint64(0)}}, 0},
		{Call{Name: "waitid", Args: [6]uint64{1, child}}, int(child)},
		{Call{Name: "waitid", Args: [6]uint64{0, child}}, 0},
		{Call{Name: "read", Args: [6]uint64{child}}, 0},
	}
	if pidfd >= 0 {
		tests = append(tests, struct {
			call Call
			want int
		}{Call{Name: "waitid", Args: [6]uint64{3, uint64(pidfd)}}, int(child)})
	}
	for _, test := range tests {
		if got, ok := test.call.Child(os.Getpid()); got != test.want || ok != (test.want != 0) {
			t.Errorf("%+v: %d, %v; want %d", test.call, got, ok, test.want)
		}
	}
}
