package frames

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"github.com/gomedic/gomedic/internal/proc/xscreen"
)

// displayPeriod is the period of the display that the program's windows are on,
// where it is an X server's that answers.
func displayPeriod(pid int) (time.Duration, bool) {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return 0, false
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if display, ok := bytes.CutPrefix(v, []byte("DISPLAY=")); ok {
			period, err := xscreen.Period(string(display))
			return period, err == nil
		}
	}
	return 0, false
}
