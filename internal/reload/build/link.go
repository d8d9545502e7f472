package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// link makes the plugin: with what the host does not hold alone, if that can be,
// else with all.
func (w *work) link(ctx context.Context) error {
	w.g.Path = filepath.Join(w.dir, fmt.Sprintf("r%d.so", w.g.Number))
	w.g.Why = w.b.why
	if w.r.Full {
		w.g.Why = "it was asked for"
	} else if w.b.host != nil {
		err := w.linkShort(ctx)
		if err == nil {
			err = keepR11(w.g.Path)
		}
		if err == nil {
			w.g.Short = true
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.g.Why = err.Error()
	}
	if err := w.linkFull(ctx); err != nil {
		return err
	}
	return keepR11(w.g.Path)
}

// linkFull links all packages that the generation needs, as go build does.
func (w *work) linkFull(ctx context.Context) error {
	var cfg bytes.Buffer
	for _, p := range w.packages {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", w.newPath(p.ImportPath), w.archiveOf(p.ImportPath))
	}
	fmt.Fprintf(&cfg, "packagefile %s=%s\n", w.g.PluginPath, w.root)
	cfg.Write(w.b.base())
	config := filepath.Join(w.dir, "link.cfg")
	if err := os.WriteFile(config, cfg.Bytes(), 0o644); err != nil {
		return &DirError{err}
	}
	return w.tool(ctx, w.dir, "link", append(w.linkArguments(config), w.root)...)
}

// linkArguments are those of both links.
func (w *work) linkArguments(config string) []string {
	args := []string{"-o", w.g.Path, "-importcfg", config, "-buildmode=plugin", "-pluginpath", w.g.PluginPath}
	if !w.b.o.Debug {
		args = append(args, "-s", "-w")
	}
	if cc := w.b.list.Go.CC; cc != "" {
		args = append(args, "-extld="+cc)
	}
	if w.b.linker != "default" {
		args = append(args, "-extldflags=-fuse-ld="+w.b.linker)
	}
	return append(args, w.b.flags.link...)
}
