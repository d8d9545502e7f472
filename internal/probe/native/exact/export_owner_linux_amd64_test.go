package exact

import "github.com/gomedic/gomedic/internal/proc"

// OtherCode makes the code another version's, which does the same.
func OtherCode() { hooks = append(hooks[:len(hooks):len(hooks)], 0x90) }

// Disown notes that the hooks are of a process that does not live.
func (h *Hooks) Disown() error { return owner{1 << 30, 1, uint64(h.p.PID)}.set(h.p, h.base) }

// Mappings are where hooks are mapped.
func Mappings(p *proc.Process) (out []uint64, err error) {
	maps, err := p.Mappings()
	for i := range maps {
		if isHooks(p, &maps[i]) {
			out = append(out, maps[i].Start)
		}
	}
	return out, err
}
