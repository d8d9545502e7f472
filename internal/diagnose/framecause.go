package diagnose

import (
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// LateCauses says what one look at a UI goroutine shows, in the words of the
// frames: the same view of a stack as that of the freezes.
func LateCauses(tk *toolkit.Toolkit) func(status, reason string, frames []evidence.Frame) evidence.LateCause {
	return func(status, reason string, frames []evidence.Frame) evidence.LateCause {
		c := causeOf(tk, status, reason, frames)
		if c == layouts || c == computes {
			return computesWhere(frames)
		}
		if c == channels && crosses(tk, status, reason, frames) {
			return evidence.CauseDriver
		}
		if c == allocates && !usersCode(frames) {
			return evidence.CauseGC // it pays for what others allocate
		}
		if late, ok := lateCauses[c]; ok {
			return late
		}
		return evidence.CauseUnknown
	}
}

var lateCauses = map[cause]evidence.LateCause{
	sleeps: evidence.CauseSleep, locks: evidence.CauseLock, conds: evidence.CauseCond, channels: evidence.CauseChannel,
	network: evidence.CauseNetwork, disk: evidence.CauseDisk, process: evidence.CauseProcess, inC: evidence.CauseC,
	syscalls: evidence.CauseSyscall, allocates: evidence.CauseAlloc, starves: evidence.CauseRunnable,
	collects: evidence.CauseGC, driver: evidence.CauseDriver,
}

// computesWhere tells the user's own computing from the toolkit's: the toolkit's is
// what a toolkit function does below the user's frame, or where there is none.
func computesWhere(frames []evidence.Frame) evidence.LateCause {
	if !usersCode(frames) {
		return evidence.CauseToolkit
	}
	for _, f := range frames[:toolkit.UserFrame(frames)] {
		if f.Origin == evidence.OriginToolkit {
			return evidence.CauseToolkit
		}
	}
	return evidence.CauseUser
}

// crosses: the goroutine waits for the toolkit's own other thread, which draws.
func crosses(tk *toolkit.Toolkit, status, reason string, frames []evidence.Frame) bool {
	g := evidence.Goroutine{Status: status, WaitReason: reason, Frames: frames}
	role, ok := toolkit.WaitsForUI(tk, &g)
	return ok && role != evidence.RoleUI
}

// usersCode reports whether the user's own code is on the stack.
func usersCode(frames []evidence.Frame) bool {
	at := toolkit.UserFrame(frames)
	return at >= 0 && at < len(frames) && frames[at].Origin == evidence.OriginUser
}
