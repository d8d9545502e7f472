package frames

import "time"

// displayPeriod is the period of the display that the program's windows are on.
func displayPeriod(int) (time.Duration, bool) { return 0, false }
