package dev

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/reload"
)

// listens are the TCP addresses on which a process waits for connections
// (proc_pid_net(5)), but for those that are handed over: another one could not have them
// at the same time.
func listens(pid int, handed ...reload.Listener) (addresses []string) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	own := map[string]bool{} // inodes of its sockets
	fds, _ := os.ReadDir(filepath.Join(dir, "fd"))
	for _, fd := range fds {
		if slices.ContainsFunc(handed, func(l reload.Listener) bool { return strconv.Itoa(l.FD) == fd.Name() }) {
			continue
		}
		if to, err := os.Readlink(filepath.Join(dir, "fd", fd.Name())); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.Trim(to[len("socket:"):], "[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		f, err := os.Open(filepath.Join(dir, "net", table))
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			// sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
			c := strings.Fields(lines.Text())
			const listening = "0A"
			if len(c) < 10 || c[3] != listening || !own[c[9]] {
				continue
			}
			if a := address(c[1]); a != "" && !slices.Contains(addresses, a) {
				addresses = append(addresses, a)
			}
		}
		f.Close()
	}
	slices.Sort(addresses)
	return addresses
}

// address reads an address as the kernel writes it: 32-bit words in the machine's
// order, which is little-endian here, and the port.
func address(s string) string {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || err2 != nil || len(b)%4 != 0 {
		return ""
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	return net.JoinHostPort(net.IP(b).String(), fmt.Sprint(n))
}
