package report

import (
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// pageLines says in sentences what is known of the Go program of a page.
func pageLines(p *evidence.PageRuntime, lang text.Lang) []string {
	if p == nil {
		return nil
	}
	say := func(key string, args ...any) string { return text.T(key, args...).In(lang) }
	lines := []string{say("report.looked.page", text.Bytes(p.Memory), p.Browser)}
	if p.Exited {
		return append(lines, say("report.looked.page.exited", p.Code))
	}
	if p.Callbacks >= 0 && p.Looks > p.Busy {
		lines = append(lines, say("report.looked.page.wakes", p.Callbacks, p.Timers))
	}
	return lines
}
