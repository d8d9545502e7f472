package watch

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inotify is the backend of Linux (inotify(7)).
type inotify struct {
	f    *os.File
	out  chan event
	stop chan struct{}
	done chan struct{}

	mu    sync.Mutex
	paths map[int32]string // by watch descriptor
	wds   map[string]int32
}

const mask = unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO |
	unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_EXCL_UNLINK

func newBackend() (backend, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		if errors.Is(err, unix.EMFILE) {
			return nil, limit("fs.inotify.max_user_instances", err)
		}
		return nil, fmt.Errorf("watch files: %w", err)
	}
	// Not blocking: the runtime waits for it, and Close ends the wait.
	b := &inotify{f: os.NewFile(uintptr(fd), "inotify"), out: make(chan event), stop: make(chan struct{}), done: make(chan struct{}),
		paths: map[int32]string{}, wds: map[string]int32{}}
	go b.read()
	return b, nil
}

// LimitError says that the system lets nobody watch more.
type LimitError struct {
	Setting string // the kernel's: "fs.inotify.max_user_watches"
	Value   string // what it is, empty: not known
	Err     error
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("too many files are watched: %s is %s; raise it with: sysctl %s=524288", e.Setting, e.Value, e.Setting)
}

func (e *LimitError) Unwrap() error { return e.Err }

func limit(setting string, err error) error {
	b, _ := os.ReadFile("/proc/sys/" + strings.ReplaceAll(setting, ".", "/"))
	return &LimitError{Setting: setting, Value: strings.TrimSpace(string(b)), Err: err}
}

func (b *inotify) add(dir string) error {
	var wd int
	var err error
	raw, rerr := b.f.SyscallConn()
	if rerr != nil {
		return rerr
	}
	if cerr := raw.Control(func(fd uintptr) { wd, err = unix.InotifyAddWatch(int(fd), dir, mask) }); cerr != nil {
		return cerr
	}
	switch {
	case errors.Is(err, unix.ENOSPC):
		return limit("fs.inotify.max_user_watches", err)
	case err != nil:
		return &os.PathError{Op: "watch", Path: dir, Err: err}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// A directory that was moved keeps its watch.
	if old, ok := b.paths[int32(wd)]; ok && old != dir {
		delete(b.wds, old)
	}
	b.paths[int32(wd)], b.wds[dir] = dir, int32(wd)
	return nil
}

func (b *inotify) events() <-chan event { return b.out }

func (b *inotify) close() {
	close(b.stop)
	b.f.Close()
	<-b.done
}

func (b *inotify) send(e event) bool {
	select {
	case b.out <- e:
		return true
	case <-b.stop:
		return false
	}
}

func (b *inotify) read() {
	defer close(b.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := b.f.Read(buf)
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				b.send(event{op: failed, err: fmt.Errorf("watch files: %w", err)})
			}
			return
		}
		for at := 0; at+unix.SizeofInotifyEvent <= n; {
			raw := (*unix.InotifyEvent)(unsafe.Pointer(&buf[at]))
			at += unix.SizeofInotifyEvent
			if at+int(raw.Len) > n {
				break
			}
			name := string(bytes.TrimRight(buf[at:at+int(raw.Len)], "\x00"))
			at += int(raw.Len)
			if !b.one(raw, name) {
				return
			}
		}
	}
}

// one passes one event on.
func (b *inotify) one(raw *unix.InotifyEvent, name string) bool {
	if raw.Mask&unix.IN_Q_OVERFLOW != 0 {
		return b.send(event{op: overflow})
	}
	b.mu.Lock()
	dir, known := b.paths[raw.Wd]
	if raw.Mask&unix.IN_IGNORED != 0 && known {
		delete(b.paths, raw.Wd)
		if b.wds[dir] == raw.Wd {
			delete(b.wds, dir)
		}
	}
	b.mu.Unlock()
	if !known {
		return true
	}
	path := dir
	if name != "" {
		path = filepath.Join(dir, name)
	}
	isDir := raw.Mask&unix.IN_ISDIR != 0
	switch {
	case raw.Mask&(unix.IN_DELETE_SELF|unix.IN_MOVE_SELF) != 0:
		if raw.Mask&unix.IN_MOVE_SELF != 0 { // what happens in it from now on has another path
			b.forget(dir)
		}
		return b.send(event{op: gone, path: dir})
	case raw.Mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
		if isDir {
			b.forget(path)
		}
		return b.send(event{op: gone, path: path})
	case raw.Mask&unix.IN_MOVED_TO != 0, raw.Mask&unix.IN_CLOSE_WRITE != 0:
		return b.send(event{op: closed, path: path})
	case raw.Mask&unix.IN_CREATE != 0:
		return b.send(event{op: made, path: path})
	case raw.Mask&unix.IN_MODIFY != 0:
		return b.send(event{op: written, path: path})
	}
	return true
}

// forget ends the watches of a directory that is gone or was moved away, and of those
// below it.
func (b *inotify) forget(dir string) {
	prefix := dir + string(filepath.Separator)
	b.mu.Lock()
	var gone []int32
	for path, wd := range b.wds {
		if path == dir || strings.HasPrefix(path, prefix) {
			gone = append(gone, wd)
			delete(b.wds, path)
			delete(b.paths, wd)
		}
	}
	b.mu.Unlock()
	raw, err := b.f.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for _, wd := range gone {
			_, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) // it may be gone already
		}
	})
}

// hasWriter reports whether some process has a file open for writing: the kernel gives
// nobody a lease for reading then (fcntl(2), F_SETLEASE). Where it gives no leases,
// of others' files and on some file systems, nobody is said to write.
func hasWriter(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	writes := false
	_ = raw.Control(func(fd uintptr) {
		// Who opens it for writing in this instant makes the kernel send a signal: one
		// that does nothing.
		_, _ = unix.FcntlInt(fd, unix.F_SETSIG, int(unix.SIGURG))
		_, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK)
		if err == nil {
			_, _ = unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK)
		}
		writes = errors.Is(err, unix.EAGAIN)
	})
	return writes
}
