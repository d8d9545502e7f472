package proc

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/agent/wire"
)

// ErrNoAgent: the program does not import gomedic's agent, or it is not in reach.
var ErrNoAgent = errors.New("no agent answers")

// AgentCopy is the memory of a process that the kernel keeps this one out of, at one
// moment, as the agent in it wrote it.
type AgentCopy struct {
	*Core
	Program *os.File // the program's file
	Stopped int64    // nanoseconds for which no goroutine ran
}

// writeCore makes a core file (core(5)) of what the agent wrote from wire.Start on.
func writeCore(w io.WriterAt, r *wire.Reply, machine uint16) error {
	const header, entry = 64, 56
	le := binary.LittleEndian
	end := int64(wire.Start)
	for _, g := range r.Regions {
		end = max(end, g.At+int64(g.Size))
	}
	notes := coreNotes(r)
	protection := protections(r.Maps)
	b := make([]byte, 0, entry*(len(r.Regions)+1)+len(notes))
	segment := func(kind, flags uint32, at, addr, size uint64) {
		var p [entry]byte
		le.PutUint32(p[0:], kind)
		le.PutUint32(p[4:], flags)
		le.PutUint64(p[8:], at)
		le.PutUint64(p[16:], addr)
		le.PutUint64(p[32:], size)
		if kind == 1 { // PT_LOAD
			le.PutUint64(p[40:], size)
		}
		le.PutUint64(p[48:], 1)
		b = append(b, p[:]...)
	}
	count := len(r.Regions) + 1
	segment(4, 0, uint64(end)+uint64(entry*count), 0, uint64(len(notes))) // PT_NOTE
	for _, g := range r.Regions {
		segment(1, protection[g.Addr], uint64(g.At), g.Addr, g.Size)
	}
	var h [header]byte
	copy(h[:], "\x7fELF\x02\x01\x01")
	le.PutUint16(h[16:], 4) // ET_CORE
	le.PutUint16(h[18:], machine)
	le.PutUint32(h[20:], 1)
	le.PutUint64(h[32:], uint64(end)) // e_phoff
	le.PutUint16(h[52:], header)
	le.PutUint16(h[54:], entry)
	le.PutUint16(h[56:], uint16(count))
	if count >= 0xffff {
		return errors.New("too many mappings for a core file")
	}
	if _, err := w.WriteAt(append(b, notes...), end); err != nil {
		return err
	}
	_, err := w.WriteAt(h[:], 0)
	return err
}

// coreNotes are the notes of a core file: whose it is, how it was started, which files
// are mapped.
func coreNotes(r *wire.Reply) (out []byte) {
	le := binary.LittleEndian
	add := func(kind uint32, desc []byte) {
		out = le.AppendUint32(out, 5)
		out = le.AppendUint32(out, uint32(len(desc)))
		out = le.AppendUint32(out, kind)
		out = append(out, "CORE\x00\x00\x00\x00"...)
		out = append(out, desc...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	info := make([]byte, 136) // struct elf_prpsinfo
	le.PutUint32(info[24:], uint32(r.PID))
	copy(info[40:55], r.Name)
	copy(info[56:135], strings.Join(r.Args, " "))
	add(ntPRPSINFO, info)
	add(ntAUXV, r.Auxv)
	var table, paths []byte
	n := uint64(0)
	for line := range strings.Lines(r.Maps) {
		m, ok := parseMapping(strings.TrimSuffix(line, "\n"))
		if !ok || !strings.HasPrefix(m.Path, "/") {
			continue
		}
		n++
		table = le.AppendUint64(table, m.Start)
		table = le.AppendUint64(table, m.End)
		table = le.AppendUint64(table, m.Offset) // in pages of one byte
		paths = append(append(paths, m.Path...), 0)
	}
	files := le.AppendUint64(nil, n)
	files = le.AppendUint64(files, 1)
	add(ntFILE, append(append(files, table...), paths...))
	return out
}

// protections are the ELF flags of each mapping, by where it begins.
func protections(maps string) map[uint64]uint32 {
	out := map[uint64]uint32{}
	for line := range strings.Lines(maps) {
		if m, ok := parseMapping(strings.TrimSuffix(line, "\n")); ok {
			flags := uint32(0)
			for i, set := range []bool{m.Exec, m.Write, m.Read} {
				if set {
					flags |= 1 << i
				}
			}
			out[m.Start] = flags
		}
	}
	return out
}

// innermost is the id that a process has in its own PID namespace, by the line NSpid of
// its status (proc_pid_status(5)).
func innermost(pid int, nspid string) int {
	f := strings.Fields(nspid)
	if len(f) == 0 {
		return pid
	}
	if n, err := strconv.Atoi(f[len(f)-1]); err == nil {
		return n
	}
	return pid
}
