package gpucalls

import (
	"path/filepath"

	"github.com/gomedic/gomedic/internal/proc"
)

// Started has f called once the probes are in place.
func Started(f func()) { started = f }

// Pieces is how many pieces of device memory the layer's books have.
func Pieces(l *Layer) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.memory.pieces)
}

// Searched is how many bytes are read in great pieces when the driver is looked for: once,
// and again. layered: the layer sees the calls of Vulkan.
func Searched(p *proc.Process, layered bool) (first, second uint64, err error) {
	maps, err := p.Mappings()
	if err != nil {
		return 0, 0, err
	}
	libs := libraries(maps, filepath.Dir(p.ExePath()))
	m := &reads{Memory: p}
	f := find(m, maps, libs, nil, nil, layered)
	first, m.bytes = m.bytes, 0
	find(m, maps, libs, nil, f, layered)
	for _, l := range libs {
		l.close()
	}
	return first, m.bytes, nil
}

// reads counts what is read in great pieces.
type reads struct {
	proc.Memory
	bytes uint64
}

func (r *reads) ReadAt(p []byte, addr uint64) error {
	if len(p) >= 1<<16 {
		r.bytes += uint64(len(p))
	}
	return r.Memory.ReadAt(p, addr)
}
