package gpu

import (
	"strconv"
	"strings"
	"time"
)

// client is what the kernel tells of an open file of a GPU
// (Documentation/gpu/drm-usage-stats.rst). Several files may be one client.
type client struct {
	driver, device, id string            // "amdgpu", "0000:03:00.0", "57"
	engines            map[string]engine // by name
	regions            map[string]region // of memory, by name
}

// engine is what one engine, or several of a kind, did for a client.
type engine struct {
	busy          time.Duration
	cycles, total uint64 // of the client, and since the engine runs; 0: the driver counts time
	capacity      uint64 // how many there are of the kind; 0: one
}

// region is memory of one kind, bytes. total may be more than there is: what was asked for.
type region struct{ resident, total uint64 }

// Bounds on what one file tells.
const (
	maxEngines = 64
	maxRegions = 32
)

// readClient reads the text of a file in /proc/PID/fdinfo; ok: it is a GPU's.
func readClient(s string) (c client, ok bool) {
	c.engines, c.regions = map[string]engine{}, map[string]region{}
	for line := range strings.Lines(s) {
		k, v, found := strings.Cut(line, ":")
		name, drm := strings.CutPrefix(k, "drm-")
		if !found || !drm {
			continue
		}
		v = strings.TrimSpace(v)
		switch name {
		case "driver":
			c.driver = clean(v)
			continue
		case "pdev":
			c.device = clean(v)
			continue
		case "client-id":
			c.id = clean(v)
			continue
		}
		kind, of, _ := strings.Cut(name, "-")
		n, unit, _ := strings.Cut(v, " ")
		value, err := strconv.ParseUint(n, 10, 64)
		if err != nil || of == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(name, "engine-capacity-"); ok {
			kind, of = "capacity", rest
		} else if rest, ok := strings.CutPrefix(name, "total-cycles-"); ok {
			kind, of = "total-cycles", rest
		}
		e, r := c.engines[of], c.regions[of]
		switch kind {
		case "engine":
			if unit == "ns" && value < 1<<62 {
				e.busy = time.Duration(value)
			}
		case "capacity":
			e.capacity = value
		case "cycles":
			e.cycles = value
		case "total-cycles":
			e.total = value
		case "memory", "resident": // the older name, and the newer one
			r.resident = bytesOf(value, unit)
		case "total":
			r.total = bytesOf(value, unit)
		default:
			continue
		}
		switch kind {
		case "memory", "resident", "total":
			if _, had := c.regions[of]; had || len(c.regions) < maxRegions {
				c.regions[of] = r
			}
		default:
			if _, had := c.engines[of]; had || len(c.engines) < maxEngines {
				c.engines[of] = e
			}
		}
	}
	return c, c.driver != ""
}

// bytesOf is a size in bytes, as far as it can be one.
func bytesOf(n uint64, unit string) uint64 {
	shift := map[string]uint{"": 0, "KiB": 10, "MiB": 20}[unit]
	const largest = 1 << 50
	if n > largest>>shift {
		return 0
	}
	return n << shift
}

// worked is the part of a time in which an engine worked for a client, and which one: the
// busiest.
func worked(before, after client, took time.Duration) (share float64, name string) {
	for of, e := range after.engines {
		was := before.engines[of]
		part := 0.0
		switch {
		case e.total > was.total && e.cycles >= was.cycles:
			part = float64(e.cycles-was.cycles) / float64(e.total-was.total)
		case e.busy > was.busy && took > 0:
			part = float64(e.busy-was.busy) / float64(took)
		}
		if part = min(1, part/float64(max(1, min(e.capacity, 1024)))); part > share || part == share && part > 0 && of < name {
			share, name = part, of
		}
	}
	return share, name
}
