// Package assets finds a program's resources, in its source, its file or its process, and
// decodes them as the program would: what is embedded, what the code asks for, and, of a
// process, which files it tries to open and does not find.
//
// Nothing of the program is run, and a process is not stopped. Bytes are decoded in a
// process of gomedic's own that has bounds (worker.go). Package decode has the decoders,
// source reads source, machine machine code, and internal/gort/objfile program files. It
// knows no rule. Start at [Run].
package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/objfile"
	"github.com/gomedic/gomedic/internal/probe/assets/decode"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Name is the probe's name in reports.
const Name = "assets"

// Options say what is examined.
type Options struct {
	Path   string        // of a source folder or of a program's file; "" with PID
	PID    int           // of a process
	Dir    string        // the working folder; "": this process's own, or the target's
	For    time.Duration // how long a process's opens are listened to
	Thumbs bool          // small pictures

	// Progress, if given, is called with the key of what is going on.
	Progress func(key string, done, all int)
}

// Result is what an examination gives. Close it after use.
type Result struct {
	Assets evidence.Assets
	Target evidence.Target
	Probe  report.Probe
	Limits []report.Limit

	list  []content
	image *objfile.Image
}

// Close frees the program's file.
func (r *Result) Close() {
	if r.image != nil {
		r.image.Close()
		r.image = nil
	}
}

// Run examines a target. Errors are *FileError, *source.LoadError, *proc.Error, those of
// the system, and the context's.
func Run(ctx context.Context, o Options) (r *Result, err error) {
	begun := time.Now()
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	r = &Result{}
	defer func() {
		if err != nil {
			r.Close()
			r = nil
		}
	}()
	x := &examination{Options: o, ctx: ctx, r: r}
	switch st, e := os.Stat(o.Path); {
	case o.PID != 0:
		err = x.process()
	case e != nil:
		return r, e
	case st.IsDir():
		err = x.source()
	default:
		err = x.file(o.Path)
	}
	if err != nil {
		return r, err
	}
	x.decode()
	if err = ctx.Err(); err != nil {
		return r, err
	}
	r.Assets.Took = time.Since(begun)
	r.Probe = report.Probe{Name: Name, TookMS: float64(r.Assets.Took.Microseconds()) / 1000}
	return r, nil
}

// examination is one in progress.
type examination struct {
	Options
	ctx  context.Context
	r    *Result
	fyne bool

	modules map[string]bool // the program's own
}

// limit notes what could not be done.
func (x *examination) limit(name string, args ...any) {
	l := report.Limit{Probe: Name, Why: text.T("assets.limit."+name, args...)}
	if key := "assets.limit." + name + ".help"; known(key) {
		l.Help = text.T(key, args...)
	}
	x.r.Limits = append(x.r.Limits, l)
}

func known(key string) bool {
	_, ok := text.Find(key)
	return ok
}

const maxThumbs = 400

// decode decodes all that was found, and notes it as evidence.
func (x *examination) decode() {
	d := &decoder{ctx: x.ctx, with: decode.Options{Thumbs: x.Thumbs, Fyne: x.fyne}}
	defer d.close()
	thumbs := 0
	for i := range x.r.list {
		x.Progress("assets.stage.decode", i, len(x.r.list))
		c := &x.r.list[i]
		data, err := c.bytes()
		if err != nil {
			c.Fault = &evidence.AssetFault{Code: "unreadable", Detail: err.Error(), Offset: -1}
			x.r.Assets.Files = append(x.r.Assets.Files, c.Asset)
			continue
		}
		c.Size = int64(len(data))
		sum := sha256.Sum256(data)
		c.Sum = hex.EncodeToString(sum[:16])
		name := c.Name
		if !c.Named {
			name = ""
		}
		d.with.Thumbs = x.Thumbs && thumbs < maxThumbs
		res := d.decode(name, data)
		c.take(&res)
		if len(c.Thumb) > 0 {
			thumbs++
		}
		if x.ctx.Err() != nil {
			return
		}
		x.r.Assets.Files = append(x.r.Assets.Files, c.Asset)
	}
	if d.failed != nil {
		x.limit("decoder", d.failed.Error())
	}
}

// take takes over what the decoder says.
func (c *content) take(r *decode.Result) {
	c.Format, c.Checked, c.Note, c.Other = r.Format, r.Checked, r.Note, r.Other
	c.Width, c.Height, c.Frames, c.Glyphs, c.Seconds, c.Family, c.Thumb = r.Width, r.Height, r.Frames, r.Glyphs, r.Seconds, r.Family, r.Thumb
	if r.Fault != nil {
		c.Asset.Fault = &evidence.AssetFault{Code: r.Fault.Code, Detail: r.Fault.Detail, Offset: r.Fault.Offset, Line: r.Fault.Line, Column: r.Fault.Column}
	}
}

// maxAsset bounds a file that is read.
const maxAsset = 256 << 20

// bytes are the resource's, of the program's file or read from a folder.
func (c *content) bytes() ([]byte, error) {
	if c.data != nil || c.Path == "" {
		return c.data, nil
	}
	st, err := os.Stat(c.Path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxAsset {
		return nil, errors.New("not a regular file, or larger than 256 MiB")
	}
	return os.ReadFile(c.Path)
}

// folders are where names without a path may lie.
func (x *examination) folders(more ...string) {
	if x.Dir != "" {
		more = []string{x.Dir}
	}
	seen := map[string]bool{}
	for _, f := range more {
		if abs, err := filepath.Abs(f); err == nil && f != "" && !seen[abs] {
			seen[abs] = true
			x.r.Assets.Folders = append(x.r.Assets.Folders, abs)
		}
	}
}
