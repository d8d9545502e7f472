package exact

import "encoding/binary"

// Awake is until when threads may wait for room, by the time stamp counter.
func (h *Hooks) Awake() uint64 {
	var b [8]byte
	if h.p.ReadAt(b[:], h.own) != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}
