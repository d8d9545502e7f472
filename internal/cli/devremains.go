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
)

// remains finds live objects of types of the given packages in a process. It is done by another process of gomedic: this one has started the
// program, and waits for its end, where it would take the stops of a tracer for it.
func remains(ctx context.Context, pid int, packages []string) ([]dev.Remain, error) {
	top, err := askHeap(ctx, "top", strconv.Itoa(pid), "--by", "package", "-n", "0")
	if err != nil || top.Top == nil {
		return nil, err
	}
	var out []dev.Remain
	for _, row := range top.Top.Rows {
		if slices.Contains(packages, row.Name) {
			out = append(out, dev.Remain{Package: row.Name, Objects: row.Count, Bytes: row.Retained})
		}
	}
	return out, nil
}

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
