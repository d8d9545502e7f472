package host

import (
	"bufio"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Socket says what a file descriptor of the process leads to: the ends of a
// connection, or in Local the path of a file. It is false where the descriptor
// is not open, or may not be looked at (ptrace(2), PTRACE_MODE_READ).
func Socket(pid, fd int) (evidence.Socket, bool) {
	base := "/proc/" + strconv.Itoa(pid)
	link := base + "/fd/" + strconv.Itoa(fd)
	to, err := os.Readlink(link)
	if err != nil {
		return evidence.Socket{}, false
	}
	s := evidence.Socket{FD: fd, Local: to}
	switch kind, rest, _ := strings.Cut(to, ":"); {
	case kind == "socket":
		s.Kind, s.Local = "socket", ""
		inode := strings.Trim(rest, "[]")
		for _, t := range socketTables {
			local, remote, ok := t.find(pid, inode)
			if !ok {
				continue
			}
			s.Kind, s.Local, s.Remote = t.kind, local, remote
			if t.kind == "unix" {
				if peer := unixPeer(pid, inode); peer != "" {
					s.Remote, _, _ = t.find(pid, peer)
				}
			}
			return s, true
		}
	case kind == "pipe":
		s.Kind = "pipe"
	case kind == "anon_inode":
		s.Kind = strings.Trim(rest, "[]")
		s.Local = ""
	default:
		s.Kind = fileKind(link)
	}
	return s, true
}

func fileKind(path string) string {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return "file"
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "device"
	case unix.S_IFDIR:
		return "directory"
	}
	return "file"
}

// socketTable is a file in /proc/PID/net.
type socketTable struct {
	file, kind string
	parse      func(line []string) (inode, local, remote string)
}

var socketTables = []socketTable{
	{"tcp", "tcp", inetLine}, {"tcp6", "tcp", inetLine},
	{"udp", "udp", inetLine}, {"udp6", "udp", inetLine},
	{"unix", "unix", unixLine},
}

func (t *socketTable) find(pid int, inode string) (local, remote string, ok bool) {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/net/" + t.file)
	if err != nil {
		return "", "", false
	}
	defer f.Close()
	return findSocket(io.LimitReader(f, maxTable), inode, t.parse)
}

func findSocket(r io.Reader, inode string, parse func([]string) (string, string, string)) (local, remote string, ok bool) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		n, l, r := parse(strings.Fields(lines.Text()))
		if n == inode && n != "" {
			return l, r, true
		}
	}
	return "", "", false
}

// inetLine reads a line of /proc/net/tcp or udp: number, local, remote, state,
// queues, timer, retransmits, uid, timeout, inode (proc_net_tcp in the kernel's
// Documentation/networking).
func inetLine(f []string) (inode, local, remote string) {
	if len(f) < 10 {
		return "", "", ""
	}
	return f[9], address(f[1]), address(f[2])
}

// address reads "0100007F:1F90": the address in words of the machine's byte
// order, which is little endian on amd64 and arm64, and the port. It is empty
// for a socket that is not connected.
func address(s string) string {
	h, p, ok := strings.Cut(s, ":")
	b, err1 := hex.DecodeString(h)
	port, err2 := strconv.ParseUint(p, 16, 16)
	if !ok || err1 != nil || err2 != nil || len(b)%4 != 0 {
		return ""
	}
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	ip, ok := netip.AddrFromSlice(b)
	if !ok || port == 0 {
		return ""
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)).String()
}

// unixLine reads a line of /proc/net/unix: address, count, protocol, flags,
// type, state, inode, path. The kernel does not show the other end there.
func unixLine(f []string) (inode, local, remote string) {
	if len(f) < 7 {
		return "", "", ""
	}
	if len(f) > 7 {
		local = f[7]
	}
	return f[6], local, ""
}
