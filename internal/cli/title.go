package cli

import (
	"errors"

	"github.com/gomedic/gomedic/internal/proc/xtitle"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// byTitle finds the process of the one window whose title has this text.
func byTitle(title string) (int, error) {
	windows, err := xtitle.Find("", title)
	var xe *xtitle.Error
	if errors.As(err, &xe) {
		return 0, report.Fail(err, text.T("error.display", xe.Error()), text.T("hint.display"))
	}
	if err != nil {
		return 0, err
	}
	var pids []int
	seen := map[int]bool{}
	for _, w := range windows {
		if w.PID != 0 && !seen[w.PID] {
			seen[w.PID] = true
			pids = append(pids, w.PID)
		}
	}
	if len(pids) == 0 && len(windows) > 0 {
		return 0, report.Fail(nil, text.T("error.title-pid", windows[0].Title), text.T("hint.title-pid"))
	}
	return one(pids, title, "error.no-title")
}
