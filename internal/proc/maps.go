package proc

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// maxMappings bounds what is kept of a memory map: vm.max_map_count is 65,530
// by default, 1,048,576 on some distributions.
const maxMappings = 1 << 20

// parseMaps reads the format of /proc/PID/maps.
func parseMaps(r *bufio.Reader) ([]Mapping, error) {
	var maps []Mapping
	for len(maps) < maxMappings {
		line, err := r.ReadString('\n')
		if m, ok := parseMapping(strings.TrimSuffix(line, "\n")); ok {
			maps = append(maps, m)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return maps, nil
}

func parseMapping(line string) (Mapping, bool) {
	f := strings.SplitN(line, " ", 6)
	if len(f) < 5 || len(f[1]) < 4 {
		return Mapping{}, false
	}
	lo, hi, ok := strings.Cut(f[0], "-")
	if !ok {
		return Mapping{}, false
	}
	var m Mapping
	var err [4]error
	m.Start, err[0] = strconv.ParseUint(lo, 16, 64)
	m.End, err[1] = strconv.ParseUint(hi, 16, 64)
	m.Offset, err[2] = strconv.ParseUint(f[2], 16, 64)
	m.Inode, err[3] = strconv.ParseUint(f[4], 10, 64)
	for _, e := range err {
		if e != nil {
			return Mapping{}, false
		}
	}
	if m.End < m.Start {
		return Mapping{}, false
	}
	m.Read, m.Write, m.Exec, m.Shared = f[1][0] == 'r', f[1][1] == 'w', f[1][2] == 'x', f[1][3] == 's'
	if len(f) == 6 {
		m.Path = strings.TrimLeft(f[5], " ")
	}
	return m, true
}
