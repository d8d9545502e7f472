package proc

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Usage is one mapping and how much of it is in memory. Sizes are bytes.
type Usage struct {
	Mapping
	Shared    bool   // MAP_SHARED
	RSS       uint64 // resident
	PSS       uint64 // of it, divided by how many processes share it
	Swap      uint64
	Anonymous uint64 // of RSS: not, or no longer, of a file
	LazyFree  uint64 // of RSS: given back, and not yet taken by the system (MADV_FREE)
}

// Size is the mapping's extent in bytes.
func (u *Usage) Size() uint64 { return u.End - u.Start }

// parseUsages reads the format of /proc/PID/smaps (proc_pid_smaps(5)): for each
// mapping its line of maps, then lines "Rss:   12 kB". whole is false if the
// bound on mappings was met.
func parseUsages(r *bufio.Reader) (all []Usage, whole bool, err error) {
	for {
		line, err := readLine(r)
		if line != "" {
			if m, ok := parseMapping(line); ok {
				if len(all) == maxMappings {
					return all, false, nil
				}
				f := strings.Fields(line)
				all = append(all, Usage{Mapping: m, Shared: f[1][3] == 's'})
			} else if len(all) > 0 {
				all[len(all)-1].take(line)
			}
		}
		if errors.Is(err, io.EOF) {
			return all, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// readLine reads one line without its end; what is longer than the reader's
// buffer, as no line of the kernel's is, is cut off.
func readLine(r *bufio.Reader) (string, error) {
	b, err := r.ReadSlice('\n')
	line := strings.TrimSuffix(string(b), "\n")
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return line, err
}

// take notes one figure of a mapping; those of no interest are left.
func (u *Usage) take(line string) {
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	var to *uint64
	switch key {
	case "Rss":
		to = &u.RSS
	case "Pss":
		to = &u.PSS
	case "Swap":
		to = &u.Swap
	case "Anonymous":
		to = &u.Anonymous
	case "LazyFree":
		to = &u.LazyFree
	default:
		return
	}
	n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 53)
	if err != nil {
		return
	}
	*to = min(n<<10, u.Size())
}
