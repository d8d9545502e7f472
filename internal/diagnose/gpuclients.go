package diagnose

import (
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

const (
	othersBusy = 0.2 // part of the time in which the GPU works for another program, from which on that is a cause
	ownBusy    = 0.01
)

// clients says for whom the GPU worked while the program waited for it.
func (c *gpuCase) clients() (out []text.Text) {
	if c.g.Usage == nil {
		return nil
	}
	devices := map[string]bool{} // that the program has open; none: not known
	for i := range c.g.Usage.Clients {
		x := &c.g.Usage.Clients[i]
		if !x.Own {
			continue
		}
		devices[x.Device] = true
		if x.Busy >= ownBusy {
			out = append(out, text.T("why.gpucalls.own", text.Percent(x.Busy), report.Clean(x.Engine)))
		}
	}
	for i := range c.g.Usage.Clients {
		x := &c.g.Usage.Clients[i]
		if !x.Own && devices[x.Device] && x.Busy >= othersBusy {
			out = append(out, text.T("why.gpucalls.others", text.Percent(x.Busy), report.Clean(x.Engine), report.Clean(x.Name), x.PID))
		}
	}
	return out
}
