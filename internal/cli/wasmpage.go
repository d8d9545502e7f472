package cli

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// pageFlags are the flags of gomedic wasm that concern a page.
type pageFlags struct {
	show, insecure  bool
	attach, browser string
	watch, load     time.Duration
}

func (f *pageFlags) flags(a *app, c *cobra.Command) {
	c.Flags().BoolVar(&f.show, "show", false, a.say("cli.wasm.flag.show"))
	c.Flags().StringVar(&f.attach, "attach", "", a.say("cli.wasm.flag.attach"))
	c.Flags().StringVar(&f.browser, "browser", "", a.say("cli.wasm.flag.browser"))
	c.Flags().DurationVar(&f.watch, "for", 10*time.Second, a.say("cli.wasm.flag.for"))
	c.Flags().DurationVar(&f.load, "load", 30*time.Second, a.say("cli.wasm.flag.load"))
	c.Flags().BoolVar(&f.insecure, "insecure", false, a.say("cli.wasm.flag.insecure"))
}

// wasmPage examines a page in a browser; without one, what its server gives.
func (a *app) wasmPage(cmd *cobra.Command, address string, f *pageFlags) error {
	if u, err := url.Parse(address); err != nil || u.Host == "" {
		why := "?"
		if err != nil {
			why = err.Error()
		}
		return report.Fail(err, text.T("error.wasm-url", address, why), text.T("hint.wasm-url"))
	}
	p := a.progress(address)
	defer p.done()
	o := wasm.WatchOptions{
		Options: wasm.Options{URL: address, Browser: f.browser, Show: f.show, Attach: f.attach, Insecure: f.insecure},
		For:     max(f.watch, 0), Load: max(f.load, time.Second), Progress: p.stage, Parts: page.PartsOf(),
	}
	res, err := wasm.Watch(cmd.Context(), o)
	if err != nil && o.Attach == "" && browserFault(err) {
		why := err
		if res, err = wasm.Served(cmd.Context(), o); err == nil {
			res.Limits = append(res.Limits, wasm.NoBrowser(why))
		}
	}
	p.done()
	if err != nil {
		return openFailure(address, err)
	}
	ev := &evidence.Evidence{Target: res.Target, Page: &res.Page, Freeze: pageWaits(cmd.Context(), o.Options, res)}
	r := judge(ev, res.Probes, res.Limits)
	if err := nothingSaid(r, &res.Page, f); err != nil {
		return err
	}
	return a.show(ev, r)
}

// pageWaits reads what the goroutines of a page's program wait for, nil where it has
// ended or cannot be read: that is said elsewhere.
func pageWaits(ctx context.Context, o wasm.Options, res *wasm.Result) *evidence.Freeze {
	for i := range res.Page.Programs {
		g := &res.Page.Programs[i]
		if g.Kind != evidence.ProgramGo || g.Exited || g.Panic != nil || len(res.Copies) == 0 || res.Page.Crashed {
			continue
		}
		drawn := evidence.DrawnNo
		if g.Drawn > 0 {
			drawn = evidence.DrawnYes
		}
		if g.Worker || g.Run == 0 {
			drawn = evidence.DrawnUnknown
		}
		f, err := page.Waits(ctx, evidence.PageRuntime{URL: res.Page.URL, Browser: res.Page.Browser, Drawn: drawn, Worker: g.Worker,
			Exports: slices.Clone(g.Exports)}, res.Started(g), res.Copies, o, moduleURL(&res.Page))
		if err != nil {
			return nil
		}
		f.Took = res.Page.Took
		return f
	}
	return nil
}

// moduleURL is where the page's last module came from, "" if that is not known.
func moduleURL(p *evidence.Page) string {
	for i := len(p.Requests) - 1; i >= 0; i-- {
		if q := &p.Requests[i]; q.Role == evidence.RoleModule && q.Status == 200 {
			return q.URL
		}
	}
	return ""
}

// browserFault reports whether it is the browser that fails, and not the page.
func browserFault(err error) bool {
	var page *wasm.NavigationError
	return !errors.As(err, &page) && !errors.Is(err, context.Canceled) && !errors.Is(err, wasm.ErrBrowserGone)
}

func openFailure(address string, err error) error {
	var page *wasm.NavigationError
	switch {
	case errors.As(err, &page):
		hint := text.T("hint.wasm-navigation")
		if strings.Contains(page.Reason, "CERT") || strings.Contains(page.Reason, "certificate") || strings.Contains(page.Reason, "SSL") {
			hint = text.T("hint.wasm-certificate")
		}
		return report.Fail(err, text.T("error.wasm-navigation", page.URL, page.Reason), hint)
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, wasm.ErrNoTab), errors.Is(err, wasm.ErrNoAnswer):
		return report.Fail(err, text.T("error.wasm-attach", err.Error()), text.T("hint.wasm-attach"))
	case errors.Is(err, wasm.ErrBrowserGone):
		return report.Fail(err, text.T("error.wasm-browser-gone", address), text.T("hint.wasm-browser"))
	}
	return report.Fail(err, text.T("error.wasm-browser", err.Error()), text.T("hint.wasm-browser"))
}

// nothingSaid: the page has no Go program, and nothing failed that would have been
// one.
func nothingSaid(r *report.Report, p *evidence.Page, f *pageFlags) error {
	if len(r.Findings) > 0 {
		return nil
	}
	for i := range p.Programs {
		switch g := &p.Programs[i]; g.Kind {
		case evidence.ProgramGo:
			return nil
		case evidence.ProgramTinyGo:
			r.Limits = append(r.Limits, report.Limit{Probe: "page", Why: text.T("limit.wasm.tinygo"), Help: text.T("limit.wasm.tinygo.help")})
			return nil
		}
	}
	switch {
	case len(p.Programs) > 0:
		return report.Fail(nil, text.T("error.wasm-foreign", p.URL), text.T("hint.wasm-foreign"))
	case p.Browser == "" && len(p.Calls) > 0:
		return nil
	case p.Crashed:
		return nil
	}
	for i := range p.Requests {
		if q := &p.Requests[i]; q.Role == evidence.RolePage && q.MIME == "application/wasm" {
			return report.Fail(nil, text.T("error.wasm-module", p.URL), text.T("hint.wasm-module"))
		}
	}
	return report.Fail(nil, text.T("error.wasm-nothing", p.URL, text.Duration(p.Took)), text.T("hint.wasm-nothing"))
}

// holdsPage reports whether a bundle is of a page.
func holdsPage(ev *evidence.Evidence) bool { return ev.Page != nil }
