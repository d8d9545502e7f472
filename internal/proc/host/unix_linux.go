package host

import (
	"encoding/binary"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Of linux/unix_diag.h, which golang.org/x/sys/unix leaves out.
const (
	diagShowPeer = 1 << 2 // UDIAG_SHOW_PEER
	diagPeer     = 2      // UNIX_DIAG_PEER
)

// unixPeer returns the inode of the socket at the other end of a Unix domain
// socket, "" if it cannot be known: /proc/net/unix does not show it, only
// sock_diag(7) does, for the network namespace of this process.
func unixPeer(pid int, inode string) string {
	ino, err := strconv.ParseUint(inode, 10, 32)
	if err != nil || !sameNetwork(pid) {
		return ""
	}
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return ""
	}
	defer unix.Close(s)
	limit := unix.NsecToTimeval(int64(100 * time.Millisecond))
	if unix.SetsockoptTimeval(s, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit) != nil {
		return ""
	}
	// struct nlmsghdr, struct unix_diag_req.
	e := binary.NativeEndian
	req := e.AppendUint32(nil, 16+24)
	req = e.AppendUint16(req, unix.SOCK_DIAG_BY_FAMILY)
	req = e.AppendUint16(req, unix.NLM_F_REQUEST)
	req = append(req, make([]byte, 8)...)
	req = append(req, unix.AF_UNIX, 0, 0, 0)
	req = e.AppendUint32(req, ^uint32(0)) // any state
	req = e.AppendUint32(req, uint32(ino))
	req = e.AppendUint32(req, diagShowPeer)
	req = e.AppendUint64(req, ^uint64(0)) // any cookie
	if unix.Sendto(s, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return ""
	}
	var answer [4096]byte
	n, _, err := unix.Recvfrom(s, answer[:], 0)
	if err != nil {
		return ""
	}
	return peerOf(answer[:n])
}

// peerOf reads one netlink message: struct nlmsghdr, struct unix_diag_msg, and
// attributes.
func peerOf(b []byte) string {
	const header = 16 + 16
	e := binary.NativeEndian
	if len(b) < header || e.Uint16(b[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return "" // an error
	}
	for b = b[header:]; len(b) >= 4; {
		n, kind := int(e.Uint16(b)), e.Uint16(b[2:])
		if n < 4 || n > len(b) {
			return ""
		}
		if kind == diagPeer && n >= 8 {
			return strconv.FormatUint(uint64(e.Uint32(b[4:])), 10)
		}
		b = b[min(len(b), (n+3)&^3):]
	}
	return ""
}

func sameNetwork(pid int) bool {
	ours, err1 := os.Readlink("/proc/self/ns/net")
	theirs, err2 := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/net")
	return err1 == nil && err2 == nil && ours == theirs
}
