package cli

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/dump"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/image"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// kind is what a TARGET names.
type kind int

const (
	aProcess kind = iota
	aBundle
	aCore
	aHeap
	aDump
	aPage
)

// named is a TARGET, resolved but not yet opened.
type named struct {
	kind kind
	pid  int
	path string
}

// resolve finds out what a TARGET names: a pid, title:…, the address of a page, a
// file, or the name of a process.
func resolve(spec string) (named, error) {
	if pid, err := strconv.Atoi(spec); err == nil {
		if pid <= 0 {
			return named{}, report.Fail(nil, text.T("error.pid", spec), text.T("hint.list"))
		}
		return named{kind: aProcess, pid: pid}, nil
	}
	if isPage(spec) {
		return named{kind: aPage, path: spec}, nil
	}
	if title, ok := strings.CutPrefix(spec, "title:"); ok {
		pid, err := byTitle(title)
		return named{kind: aProcess, pid: pid}, err
	}
	if st, err := os.Stat(spec); err == nil && st.Mode().IsRegular() {
		k, err := fileKind(spec)
		return named{kind: k, path: spec}, err
	} else if err == nil && st.Mode()&os.ModeNamedPipe != 0 || spec == "-" {
		return named{kind: aDump, path: spec}, nil
	} else if err == nil && st.IsDir() {
		return named{}, report.Fail(nil, text.T("error.directory", spec), text.T("hint.target"))
	}
	if spec == "" {
		return named{}, report.Fail(nil, text.T("error.no-target"), text.T("hint.target"))
	}
	if strings.ContainsAny(spec, `/\`) || strings.HasSuffix(spec, ".gomedic") || strings.HasSuffix(spec, ".heap") {
		return named{}, report.Fail(nil, text.T("error.no-file", spec), text.T("hint.no-file"))
	}
	pid, err := byName(spec)
	return named{kind: aProcess, pid: pid}, err
}

// fileKind tells bundles, cores, heap files and dumps apart by their first bytes.
func fileKind(path string) (kind, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := make([]byte, 20)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return 0, report.Fail(err, text.T("error.empty-file", path), text.T("hint.target"))
	}
	head = head[:n]
	switch {
	case evidence.IsBundle(head):
		return aBundle, nil
	case image.IsImage(head):
		return aHeap, nil
	case len(head) >= 18 && string(head[:4]) == "\x7fELF":
		if head[16] == 4 && head[17] == 0 { // ET_CORE
			return aCore, nil
		}
		return 0, report.Fail(nil, text.T("error.program-file", path), text.T("hint.program-file", filepath.Base(path)))
	}
	return aDump, nil
}

// byName finds the one Go process of that name.
func byName(name string) (int, error) {
	pids, err := proc.All()
	if err != nil {
		return 0, err
	}
	var found []int
	for _, pid := range pids {
		if pid == os.Getpid() {
			continue
		}
		p, err := proc.Open(pid)
		if err != nil {
			continue
		}
		if p.Name != name && filepath.Base(p.Exe) != name {
			continue
		}
		if _, ok := attach.Quick(p.ExePath()); ok {
			found = append(found, pid)
		}
	}
	return one(found, name, "error.no-name")
}

// one insists on exactly one process.
func one(pids []int, spec, none string) (int, error) {
	switch len(pids) {
	case 0:
		return 0, report.Fail(nil, text.T(none, spec), text.T("hint.list"))
	case 1:
		return pids[0], nil
	}
	var s []string
	for _, p := range pids {
		s = append(s, strconv.Itoa(p))
	}
	return 0, report.Fail(nil, text.T("error.many", spec, len(pids)), text.T("hint.many", strings.Join(s, ", ")))
}

// readBundle reads the evidence of a bundle.
func readBundle(path string) (*evidence.Evidence, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return evidence.ReadBundle(f, st.Size())
}

// readDump reads a goroutine dump from a file, or from standard input.
func readDump(path string) (*evidence.Evidence, error) {
	if path == "-" {
		return completed(parseDump(os.Stdin))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ev, err := parseDump(f)
	if err != nil {
		return nil, report.Fail(err, text.T("error.no-dump", path), text.T("hint.target"))
	}
	if ev.Target.Name == "" {
		ev.Target.Name = filepath.Base(path)
	}
	return completed(ev, nil)
}

// parseDump reads a dump, which may be packed by gzip as logs are.
func parseDump(r io.Reader) (*evidence.Evidence, error) {
	b := bufio.NewReader(r)
	if head, err := b.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		return dump.Parse(z)
	}
	return dump.Parse(b)
}

func completed(ev *evidence.Evidence, err error) (*evidence.Evidence, error) {
	if err != nil {
		return nil, report.Fail(err, text.T("error.no-dump", "-"), text.T("hint.target"))
	}
	stacks.Dump(ev)
	return ev, nil
}

// ownPath is how this program can be named in a command for the user.
func ownPath() string {
	p, err := os.Executable()
	if err != nil {
		return "gomedic"
	}
	return p
}
