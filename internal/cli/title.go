package cli

import "github.com/gomedic/gomedic/internal/report"
import "github.com/gomedic/gomedic/internal/text"

func byTitle(title string) (int, error) {
	return 0, report.Fail(nil, text.T("error.no-title", title), text.T("hint.list"))
}
