package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/dev"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// So many packages that were replaced are asked who holds their objects, and so many
// chains are looked at of each.
const (
	mostHeld   = 4
	mostChains = 20
)

// remains finds live objects of types of the given packages in a process, and who holds
// them. It is done by another process of gomedic: this one has started the program, and
// waits for its end, where it would take the stops of a tracer for it.
func (x *devRun) remains(ctx context.Context, pid int, packages []string) ([]dev.Remain, error) {
	top, err := askHeap(ctx, "top", strconv.Itoa(pid), "--by", "package", "-n", "0")
	if err != nil || top.Top == nil {
		return nil, err
	}
	var out []dev.Remain
	for _, row := range top.Top.Rows {
		if !slices.Contains(packages, row.Name) {
			continue
		}
		r := dev.Remain{Package: row.Name, Objects: row.Count, Bytes: row.Retained}
		if len(out) < mostHeld {
			paths, err := askHeap(ctx, "path", strconv.Itoa(pid), row.Name+".*", "--all", strconv.Itoa(mostChains))
			if err == nil && !heldBy(&r, paths.Traces, packages, x.a.lang) {
				continue
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// heldBy says by what chain objects are held: first one that begins in the program, not
// in the package itself, as a package's own variables stay for good. What package reload
// holds is left out: it keeps how the generation before is built. It reports false if
// there is nothing else.
func heldBy(r *dev.Remain, traces []*report.Leak, packages []string, lang text.Lang) bool {
	old := func(name string) bool {
		name = strings.TrimLeft(name, "*[]")
		return slices.ContainsFunc(packages, func(p string) bool { return strings.HasPrefix(name, p+".") })
	}
	for _, t := range traces {
		byReload, begins := false, true
		for i, l := range t.Chain {
			if old(l.Name) || old(l.Type) {
				begins = i > 0 || l.Kind != "global"
				break
			}
			byReload = byReload || strings.HasPrefix(strings.TrimLeft(l.Type, "*[]"), reloadPackage) || strings.HasPrefix(l.Name, reloadPackage)
		}
		switch {
		case byReload || len(t.Chain) == 0:
		case begins && !r.Elsewhere:
			r.Elsewhere, r.Held = true, report.ChainLine(t, lang)
		case r.Held == "":
			r.Held = report.ChainLine(t, lang)
		}
	}
	return r.Held != "" || len(traces) == 0
}

const reloadPackage = "github.com/gomedic/gomedic/reload"

// askHeap asks gomedic heap.
func askHeap(ctx context.Context, args ...string) (*report.HeapView, error) {
	c := exec.CommandContext(ctx, ownPath(), append(append([]string{"heap"}, args...), "--json")...)
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			first, _, _ := strings.Cut(string(exit.Stderr), "\n")
			err = errors.New(strings.TrimPrefix(first, "gomedic: "))
		}
		return nil, err
	}
	v := &report.HeapView{}
	return v, json.Unmarshal(out, v)
}
