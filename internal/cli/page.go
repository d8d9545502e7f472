package cli

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// browser are the flags with which a page is opened where a TARGET is one.
type browser struct {
	path, attach   string
	show, insecure bool
}

func (b *browser) flags(a *app, c *cobra.Command) {
	c.Flags().StringVar(&b.path, "browser", "", a.say("cli.flag.page-browser"))
	c.Flags().StringVar(&b.attach, "attach", "", a.say("cli.flag.page-attach"))
	c.Flags().BoolVar(&b.show, "show", false, a.say("cli.flag.page-show"))
	c.Flags().BoolVar(&b.insecure, "insecure", false, a.say("cli.flag.page-insecure"))
}

// options are those of a page; its address must be one.
func (b *browser) options(address string) (page.Options, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return page.Options{}, report.Fail(err, text.T("error.page-address", address), text.T("hint.page-address"))
	}
	return page.Options{Page: wasm.Options{URL: address, Browser: b.path, Attach: b.attach, Show: b.show, Insecure: b.insecure}}, nil
}

// page examines the Go program of a page: open, watch, judge. Where none comes to run,
// and for a check that found no freeze, the page itself is followed.
func (x *examine) page(ctx context.Context, address string) (*evidence.Evidence, *report.Report, error) {
	o, err := x.browser.options(address)
	if err != nil {
		return nil, nil, err
	}
	p := x.a.progress(address)
	defer p.done()
	o.For, o.Progress = x.lasts, p.update
	p.bar(0, x.a.say("cli.page.opening", address))
	res, err := page.Freeze(ctx, o)
	var load *page.LoadError
	switch {
	case errors.As(err, &load), errors.Is(err, wasm.ErrNoBrowser), errors.Is(err, gort.ErrNotGo):
		return x.follow(ctx, o.Page, &evidence.Evidence{}, nil, nil, p)
	case err != nil:
		return nil, nil, pageFailure(err, address)
	}
	ev := &evidence.Evidence{Target: res.Target, Freeze: &res.Freeze}
	probes := []report.Probe{res.Probe}
	r := judge(ev, probes, res.Limits)
	if !x.frames || len(r.Findings) > 0 && r.Findings[0].Severity == report.P0 {
		return ev, r, nil
	}
	return x.follow(ctx, o.Page, ev, probes, res.Limits, p)
}

// followed is how long a page is followed after its program was looked at.
const followed = 4 * time.Second

// follow follows a page, how it loads and what its program does, and adds that to what
// is known.
func (x *examine) follow(ctx context.Context, o wasm.Options, ev *evidence.Evidence, probes []report.Probe, limits []report.Limit, p *progressLine) (*evidence.Evidence, *report.Report, error) {
	wo := wasm.WatchOptions{Options: o, For: max(followed, x.lasts), Load: 30 * time.Second, Progress: p.stage, Parts: page.PartsOf()}
	res, err := wasm.Watch(ctx, wo)
	if err != nil && o.Attach == "" && browserFault(err) {
		why := err
		if res, err = wasm.Served(ctx, wo); err == nil {
			res.Limits = append(res.Limits, wasm.NoBrowser(why))
		}
	}
	p.done()
	if err != nil {
		return nil, nil, openFailure(o.URL, err)
	}
	ev.Page = &res.Page
	if ev.Freeze == nil {
		ev.Target, ev.Freeze = res.Target, pageWaits(ctx, o, res)
	}
	r := judge(ev, append(probes, res.Probes...), append(limits, res.Limits...))
	if err := nothingSaid(r, &res.Page, &pageFlags{}); err != nil {
		return nil, nil, err
	}
	return ev, r, nil
}

// page watches the heap of a page's Go program.
func (x *leak) page(ctx context.Context, cmd *cobra.Command, address string) (*evidence.Evidence, *report.Report, error) {
	o, err := x.browser.options(address)
	if err != nil {
		return nil, nil, err
	}
	p := x.a.progress(address)
	defer p.done()
	p.bar(0, x.a.say("cli.page.opening", address))
	res, id, err := page.Heap(ctx, o, x.watched(ctx, cmd, p))
	p.done()
	if err != nil {
		return nil, nil, pageFailure(err, address)
	}
	ev := &evidence.Evidence{Target: *id, Heap: &res.Heap}
	return ev, judge(ev, []report.Probe{res.Probe}, res.Limits), nil
}

// page opens the heap of a page's Go program, and asks it.
func (x *heapView) page(ctx context.Context, address string, ask func(*heap.View, *report.HeapView) error) error {
	o, err := x.browser.options(address)
	if err != nil {
		return err
	}
	p := x.a.progress(address)
	defer p.done()
	p.bar(0, x.a.say("cli.page.opening", address))
	t, cost, err := page.Copy(ctx, o)
	if err != nil {
		return pageFailure(err, address)
	}
	defer t.Close()
	v, err := heap.Open(ctx, page.TargetOf(t), evidence.FromPage, func(done, total uint64) {
		p.bar(float64(done)/float64(max(total, 1)), x.a.say("cli.leak.reading", report.Clean(t.ID.Name)))
	})
	if err != nil {
		return err
	}
	answer := &report.HeapView{Schema: report.HeapViewSchema, Target: t.ID, Look: v.Look()}
	err = ask(v, answer)
	v.Close()
	p.done()
	if err != nil {
		return err
	}
	answer.Probes = []report.Probe{cost, v.Probe()}
	return x.show(answer)
}

// pageFailure turns what went wrong with a page into two lines for people.
func pageFailure(err error, address string) error {
	var load *page.LoadError
	switch {
	case errors.As(err, &load) && load.Why != "":
		return report.Fail(err, text.T("error.page-load.why", load.URL, report.Clean(load.Why)), text.T("hint.page-load.why", load.URL))
	case errors.As(err, &load):
		return report.Fail(err, text.T("error.page-load", load.URL), text.T("hint.page-load", load.URL))
	case errors.Is(err, wasm.ErrNoBrowser):
		return report.Fail(err, text.T("error.page-no-browser"), text.T("hint.page-no-browser"))
	case errors.Is(err, wasm.ErrNoTab):
		return report.Fail(err, text.T("error.page-no-tab", address), text.T("hint.page-no-tab"))
	case errors.Is(err, wasm.ErrCrashed):
		return report.Fail(err, text.T("error.page-crashed"), text.T("hint.page-crashed"))
	case errors.Is(err, wasm.ErrPageBusy):
		return report.Fail(err, text.T("error.page-busy"), text.T("hint.page-busy"))
	case errors.Is(err, wasm.ErrRestarted):
		return report.Fail(err, text.T("error.page-restarted"), text.T("hint.page-restarted"))
	case errors.Is(err, cdp.ErrClosed), errors.Is(err, wasm.ErrNoAnswer):
		return report.Fail(err, text.T("error.page-browser", report.Clean(err.Error())), text.T("hint.page-browser"))
	}
	return err
}
