package image

import (
	"math"

	"golang.org/x/sys/unix"
)

// freeSpace returns how many bytes an ordinary user may still write into a folder.
func freeSpace(dir string) (int64, bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || st.Bsize <= 0 || st.Blocks == 0 {
		return 0, false // also /proc and /dev, which have no blocks
	}
	if st.Bavail > math.MaxInt64/uint64(st.Bsize) {
		return 0, false
	}
	return int64(st.Bavail * uint64(st.Bsize)), true
}
