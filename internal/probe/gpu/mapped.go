package gpu

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc"
)

// mapped looks at the libraries that the target has mapped, and finds the names that
// OpenGL and Vulkan have given their renderer in its memory.
func (l *look) mapped(workers []string) {
	g := &l.res.GPU
	maps, err := l.o.Process.Mappings()
	if err != nil {
		g.Unread = true
		return
	}
	devices := map[string]int{}
	for i := range maps {
		m := &maps[i]
		if device(m.Path) {
			devices[m.Path]++
		}
		base := filepath.Base(strings.TrimSuffix(m.Path, " (deleted)"))
		if m.Path != "" && (strings.HasSuffix(base, "_dri.so") || slices.ContainsFunc(libraries, func(p string) bool { return strings.HasPrefix(base, p) })) {
			g.Libraries = append(g.Libraries, base)
		}
	}
	slices.Sort(g.Libraries)
	g.Libraries = slices.Compact(g.Libraries)
	for i := range g.Open {
		g.Open[i].Mapped = devices[g.Open[i].Path]
	}
	if len(g.Libraries) == 0 {
		return
	}
	l.missing()
	l.renderer(maps)
	l.software(workers)
}

// software says which rasteriser draws in the program, if one does.
func (l *look) software(workers []string) {
	g := &l.res.GPU
	has := func(prefix string) bool {
		return slices.ContainsFunc(g.Libraries, func(s string) bool { return strings.HasPrefix(s, prefix) })
	}
	mesa := has("swrast_dri") || has("kms_swrast_dri") || has("libgallium")
	switch {
	case strings.HasPrefix(g.Renderer, "llvmpipe"), len(workers) > 0 && g.Renderer == "":
		g.Software = "llvmpipe"
		if !mesa && has("libvulkan_lvp") {
			g.Software = "lavapipe"
		}
	case strings.Contains(g.Renderer, "SwiftShader"):
		g.Software = "SwiftShader"
	case strings.HasPrefix(g.Renderer, "softpipe"), mesa && g.GL != "" && g.Renderer == "" && len(g.Open) == 0:
		// softpipe keeps its name among its constants, not on the heap.
		g.Software = "softpipe"
	case mesa && g.Renderer == "" && len(g.Open) == 0 && slices.Contains(g.Variables, evidence.GPUVariable{Name: "GALLIUM_DRIVER", Value: "softpipe"}):
		g.Software = "softpipe"
	}
}

// Bounds on what is searched: the C heap of a program that draws has some ten
// megabytes; with softpipe it has hundreds.
const (
	maxSearched  = 48 << 20
	searchWithin = 60 * time.Millisecond
	thorough     = 12 // times more, where there is time
	piece        = 1 << 20
	overlap      = 256
)

// needles are how renderer strings begin or what they hold, as Mesa's drivers and
// NVIDIA's compose them at run time.
var needles = [][]byte{[]byte("llvmpipe (LLVM "), []byte(" Mesa "), []byte("(radeonsi, "), []byte("SwiftShader "), []byte("/PCIe/SSE2")}

// renderer searches the heap of the C library for the names of renderer and version.
func (l *look) renderer(maps []proc.Mapping) {
	g := &l.res.GPU
	var where []proc.Mapping
	for i := range maps {
		if maps[i].Path == "[heap]" {
			where = append(where, maps[i])
		}
	}
	for i := range maps { // arenas of other threads (malloc/arena.c: 64 MiB apart), large blocks
		m := &maps[i]
		if m.Path == "" && m.Read && m.Write && !m.Shared && (m.Start%(64<<20) == 0 || m.End-m.Start < 4<<20) && m.Start>>32 != 0xc0 {
			where = append(where, *m)
		}
	}
	more := 1
	if l.o.Thorough {
		more = thorough
	}
	until := time.Now().Add(searchWithin * time.Duration(more))
	left := uint64(maxSearched * more)
	buf := make([]byte, piece+overlap)
	for _, m := range where {
		for at := m.Start; at < m.End; at += piece {
			n := min(m.End-at, piece+overlap)
			if left < n || time.Now().After(until) || l.ctx.Err() != nil {
				g.Partial = true
				return
			}
			left -= n
			if l.o.Process.ReadAt(buf[:n], at) != nil {
				continue
			}
			l.search(buf[:n])
			if g.GL != "" && g.Renderer != "" {
				return
			}
		}
	}
}

// search looks for the names in a piece of memory.
func (l *look) search(b []byte) {
	g := &l.res.GPU
	for k, needle := range needles {
		for from := 0; ; {
			i := bytes.Index(b[from:], needle)
			if i < 0 {
				break
			}
			i += from
			from = i + len(needle)
			s := textAround(b, i)
			switch {
			case s == "" || strings.Contains(s, "%"):
			case k == 1 && g.GL == "" && version(s):
				g.GL = s
			case k == 0 && g.Renderer == "" && strings.HasPrefix(s, "llvmpipe (LLVM ") && strings.HasSuffix(s, ")"):
				g.Renderer = s
			case k > 1 && g.Renderer == "":
				g.Renderer = s
			}
		}
	}
}

// version reports whether a string is OpenGL's version as Mesa composes it:
// "4.5 (Core Profile) Mesa 22.3.6", "OpenGL ES 3.2 Mesa 22.3.6".
func version(s string) bool {
	s = strings.TrimPrefix(s, "OpenGL ES ")
	return len(s) > 3 && s[0] >= '1' && s[0] <= '9' && s[1] == '.' && len(s) < 80
}

// textAround is the C string that holds the byte at i: printable to its end at a zero.
func textAround(b []byte, i int) string {
	const most = 200
	from, to := i, i
	for from > 0 && i-from < most && printable(b[from-1]) {
		from--
	}
	for to < len(b) && to-i < most && printable(b[to]) {
		to++
	}
	if to == len(b) || b[to] != 0 {
		return ""
	}
	return string(b[from:to])
}

func printable(c byte) bool { return c >= ' ' && c < 0x7f }
