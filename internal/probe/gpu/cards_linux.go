package gpu

import (
	"encoding/binary"
	"io/fs"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func ownerOf(st fs.FileInfo) (uid, gid int, ok bool) {
	s, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(s.Uid), int(s.Gid), true
}

// listed reports whether an access list lets the user or one of the groups in: logind
// gives the user at the screen access in this way (posix_acl_xattr.h: a version, then
// entries of tag, rights and id).
func listed(path string, uid int, groups []int) bool {
	b := make([]byte, 4096)
	n, err := unix.Getxattr(path, "system.posix_acl_access", b)
	if err != nil || n < 4 {
		return false
	}
	const user, group, readWrite = 0x02, 0x08, 6
	for b = b[4:n]; len(b) >= 8; b = b[8:] {
		tag, rights, id := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]), int(binary.LittleEndian.Uint32(b[4:]))
		if rights&readWrite == readWrite && (tag == user && id == uid || tag == group && slices.Contains(groups, id)) {
			return true
		}
	}
	return false
}

// peer is the pid of the process that listens at a socket, empty if nobody does. It
// only connects, and says nothing.
func peer(path string) string {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	if unix.Connect(fd, &unix.SockaddrUnix{Name: path}) != nil {
		return ""
	}
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || cred.Pid <= 0 {
		return ""
	}
	return strconv.Itoa(int(cred.Pid))
}
